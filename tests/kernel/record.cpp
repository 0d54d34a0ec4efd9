// Records what the running kernel answers, for decode_test: `record DIRECTORY` as root writes the
// files of tests/kernel/recorded/ anew, from a namespace that holds an object of every kind;
// `record DIRECTORY main` and `record DIRECTORY tunnels` the ones that are named so.
#include "kernel/gue.hpp"
#include "kernel/lab.hpp"
#include "kernel/link.hpp"
#include "kernel/main_route.hpp"
#include "kernel/request.hpp"
#include "kernel/route.hpp"
#include "kernel/rule.hpp"
#include "kernel/vip_address.hpp"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <fstream>
#include <functional>
#include <iostream>
#include <stdexcept>

using namespace rs;
using namespace rs::test;

namespace {

// Deliberately not our own socket class: the bytes as they come.
std::string answer(int protocol, nl_msg& request)
{
    const UniqueFd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)};
    const int on = 1;
    ::setsockopt(fd.value(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    ::setsockopt(fd.value(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    ::setsockopt(fd.value(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    auto* header = nlmsg_hdr(&request);
    header->nlmsg_seq = 1;
    header->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
    ::send(fd.value(), header, header->nlmsg_len, 0);
    std::string bytes;
    std::array<char, 65536> piece{};
    for (;;) {
        const auto length = ::recv(fd.value(), piece.data(), piece.size(), 0);
        if (length <= 0) {
            throw std::runtime_error{"no answer"};
        }
        bytes.append(piece.data(), static_cast<std::size_t>(length));
        auto rest = std::as_bytes(std::span{piece}.first(static_cast<std::size_t>(length)));
        while (const auto message = netlink::next_message(rest)) {
            if (message->header.nlmsg_type == NLMSG_DONE ||
                message->header.nlmsg_type == NLMSG_ERROR) {
                return bytes;
            }
        }
    }
}

netlink::Request sockets_request()
{
    inet_diag_req_v2 head{};
    head.sdiag_family = AF_INET;
    head.sdiag_protocol = IPPROTO_TCP;
    head.idiag_states = ~0U;
    return dump_request(SOCK_DIAG_BY_FAMILY, head);
}

std::string both(const std::function<netlink::Request(Family)>& request)
{
    return answer(NETLINK_ROUTE, *request(Family::ipv4)) +
           answer(NETLINK_ROUTE, *request(Family::ipv6));
}

// Every route of the table too, ours or not.
netlink::Request all_routes_request(Family family)
{
    auto request = route_dump_request(family);
    static_cast<rtmsg*>(nlmsg_data(nlmsg_hdr(request.get())))->rtm_protocol = 0;
    return request;
}

// A socket that listens in the namespace, for one record at least.
UniqueFd listener()
{
    UniqueFd fd{::socket(AF_INET, SOCK_STREAM, 0)};
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(80);
    ::bind(fd.value(), reinterpret_cast<const sockaddr*>(&where), sizeof where);
    ::listen(fd.value(), 1);
    return fd;
}

void record(const std::filesystem::path& directory)
{
    const NetworkNamespace network;
    const TemporaryDirectory scratch;
    run(lab_devices);
    run("ip addr add 192.0.2.77/32 dev lo label lo:rs-old; ip addr add 192.0.2.78/32 dev lo; "
        "ip route add 203.0.113.0/24 via 10.0.0.1 proto bgp; "
        "ip rule add from 192.0.2.78 iif veth0 lookup 7 priority 8200 protocol 82");
    LinuxKernel kernel{scratch.path()};
    static_cast<void>(kernel.apply(make_plan({}, every_kind())));
    const auto server = listener();
    const auto write = [&](const std::string& name, const std::string& bytes) {
        std::ofstream{directory / name, std::ios::binary} << bytes;
    };
    write("links.bin", answer(NETLINK_ROUTE, *link_dump_request()));
    write("addresses.bin", both(address_dump_request));
    write("routes.bin", both(all_routes_request));
    write("rules.bin", both(rule_dump_request));
    write("sockets.bin", answer(NETLINK_SOCK_DIAG, *sockets_request()));
    const ReplyRoute unreachable{820001, prefix("0.0.0.0/0"), address("172.16.0.1"), "veth0"};
    const auto veth = find_link(kernel.observe(), "veth0")->index;
    write("refusal.bin", answer(NETLINK_ROUTE, *encode(Step::Action::add, unreachable, veth)));
    write("success.bin",
          answer(NETLINK_ROUTE, *encode(Step::Action::add, Guard{prefix("192.0.2.99")})));
}

// The main table, with every way a next hop is told.
void record_main(const std::filesystem::path& directory)
{
    const NetworkNamespace network;
    run(lab_devices);
    run(main_routes);
    std::ofstream{directory / "main.bin", std::ios::binary}
        << both([](Family family) { return main_dump_request(family); });
}

// Tunnels of ours and of others, and GUE ports.
void record_tunnels(const std::filesystem::path& directory)
{
    const NetworkNamespace network;
    const TemporaryDirectory scratch;
    run(lab_devices);
    run("$(cat /proc/sys/kernel/modprobe) fou");
    LinuxKernel kernel{scratch.path()};
    std::cerr << reasons(kernel.apply(make_plan({}, every_tunnel())));
    run(foreign_tunnels);
    std::ofstream{directory / "tunnels.bin", std::ios::binary}
        << answer(NETLINK_ROUTE, *link_dump_request());
    auto families = families_dump_request();
    const auto bytes = answer(NETLINK_GENERIC, *families);
    std::ofstream{directory / "families.bin", std::ios::binary} << bytes;
    auto rest = std::as_bytes(std::span{bytes});
    while (const auto message = netlink::next_message(rest)) {
        if (const auto family = decode_fou_family(*message)) {
            std::ofstream{directory / "gue.bin", std::ios::binary}
                << answer(NETLINK_GENERIC, *gue_dump_request(*family));
        }
    }
}

} // namespace

int main(int count, char* arguments[])
{
    const std::span words{arguments, static_cast<std::size_t>(count)};
    const std::string what = words.size() == 3 ? words[2] : "";
    if (words.size() < 2 || words.size() > 3) {
        std::cerr << "usage: record DIRECTORY [main|tunnels]\n";
        return 2;
    }
    try {
        (what == "main" ? record_main : what == "tunnels" ? record_tunnels : record)(words[1]);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "record: " << error.what() << '\n';
        return 1;
    }
}
