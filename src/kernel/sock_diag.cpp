#include "kernel/sock_diag.hpp"

#include "kernel/failure.hpp"
#include "kernel/request.hpp"
#include "kernel/socket_filter.hpp"

#include <linux/sock_diag.h>
#include <netlink/attr.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <variant>

namespace rs {
namespace {

// Whatever a client still counts on. A socket in TIME_WAIT is over, one in LISTEN not begun.
constexpr std::uint32_t open_states =
    (1U << TCP_ESTABLISHED) | (1U << TCP_SYN_RECV) | (1U << TCP_FIN_WAIT1) | (1U << TCP_FIN_WAIT2) |
    (1U << TCP_CLOSE_WAIT) | (1U << TCP_LAST_ACK) | (1U << TCP_CLOSING);

inet_diag_req_v2 request_head(Family family)
{
    inet_diag_req_v2 head{};
    head.sdiag_family = static_cast<std::uint8_t>(netlink::native(family));
    head.sdiag_protocol = IPPROTO_TCP;
    return head;
}

netlink::Request socket_dump_request(Family family, const std::vector<std::byte>& program)
{
    auto head = request_head(family);
    head.idiag_states = open_states;
    auto request = dump_request(SOCK_DIAG_BY_FAMILY, head);
    if (!program.empty()) {
        check_built(nla_put(request.get(), INET_DIAG_REQ_BYTECODE, static_cast<int>(program.size()),
                            program.data()),
                    "socket filter");
    }
    return request;
}

netlink::Request destroy_request(const SocketRecord& record)
{
    auto head = request_head(record.family);
    head.id = record.id;
    netlink::Request request{allocated(nlmsg_alloc_simple(SOCK_DESTROY, 0))};
    check_built(nlmsg_append(request.get(), &head, sizeof head, NLMSG_ALIGNTO), "SOCK_DESTROY");
    return request;
}

// A socket that closed by itself meanwhile, or that has only a minisocket left to wait for the
// peer's FIN, which older kernels cannot destroy.
bool is_over(int error, const SocketRecord& record)
{
    return error == ENOENT || error == ESTALE ||
           (error == EOPNOTSUPP && record.state == TCP_FIN_WAIT2);
}

} // namespace

Address SocketRecord::local() const
{
    Address address{family, {}};
    std::memcpy(address.bytes.data(), id.idiag_src, width(family) / 8U);
    return address;
}

Port SocketRecord::port() const
{
    return ntohs(id.idiag_sport);
}

std::optional<SocketRecord> decode_socket(const netlink::Message& message)
{
    const auto body = netlink::head<inet_diag_msg>(message);
    if (message.header.nlmsg_type != SOCK_DIAG_BY_FAMILY || !body) {
        return std::nullopt;
    }
    const auto family = netlink::family_of(body->idiag_family);
    return family ? std::optional{SocketRecord{*family, body->idiag_state, body->id}}
                  : std::nullopt;
}

template <typename T>
std::vector<T> SockDiag::matching(const SocketFilter& filter, T (*keep)(const SocketRecord&))
{
    std::vector<T> found;
    if (filter.matches_nothing()) {
        return found;
    }
    const auto decode = [&](const netlink::Message& message) -> std::optional<T> {
        const auto record = decode_socket(message);
        return record && filter.matches(record->local(), record->port())
                   ? std::optional<T>{keep(*record)}
                   : std::nullopt;
    };
    const auto program = filter.program();
    for (const auto family : {Family::ipv4, Family::ipv6}) {
        if (filter.wants(family)) {
            const auto part =
                socket_.dump<T>("dump of sockets", socket_dump_request(family, program), decode);
            found.insert(found.end(), part.begin(), part.end());
        }
    }
    return found;
}

std::uint32_t SockDiag::count(const ConnectionFilter& filter)
{
    const auto found = matching<std::monostate>(
        SocketFilter{filter}, [](const SocketRecord&) { return std::monostate{}; });
    return static_cast<std::uint32_t>(found.size());
}

std::uint32_t SockDiag::reset(const ConnectionFilter& filter)
{
    const auto records = matching<SocketRecord>(SocketFilter{filter},
                                                [](const SocketRecord& record) { return record; });
    std::vector<netlink::Failure> failures;
    netlink::Batch batch;
    for (std::size_t i = 0; i != records.size(); ++i) {
        batch.append(*destroy_request(records[i]), i);
        if (socket_.full(batch) || i + 1 == records.size()) {
            std::ranges::move(socket_.transact(batch), std::back_inserter(failures));
        }
    }
    for (const auto& [index, answer] : failures) {
        if (!is_over(answer.error, records.at(index))) {
            fail("SOCK_DESTROY", answer.error, answer.text);
        }
    }
    return static_cast<std::uint32_t>(records.size() - failures.size());
}

} // namespace rs
