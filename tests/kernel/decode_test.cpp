#include "kernel/gue.hpp"
#include "kernel/lab.hpp"
#include "kernel/link.hpp"
#include "kernel/main_route.hpp"
#include "kernel/recorded.hpp"
#include "kernel/route.hpp"
#include "kernel/rule.hpp"
#include "kernel/sock_diag.hpp"
#include "kernel/tags.hpp"
#include "kernel/tunnel.hpp"
#include "kernel/tunnel_record.hpp"
#include "kernel/vip_address.hpp"

#include <linux/rtnetlink.h>

#include <algorithm>

using namespace rs;
using namespace rs::test;

namespace {

template <typename T>
std::vector<T> decode_all(const Buffer& bytes, std::optional<T> (*decode)(const netlink::Message&))
{
    std::vector<T> values;
    netlink::Bytes rest{bytes};
    while (const auto message = netlink::next_message(rest)) {
        if (auto value = decode(*message)) {
            values.push_back(std::move(*value));
        }
    }
    return values;
}

const netlink::Message& as_message(netlink::Message& message, nl_msg& request)
{
    const auto* header = nlmsg_hdr(&request);
    netlink::Bytes bytes{reinterpret_cast<const std::byte*>(header), header->nlmsg_len};
    message = netlink::next_message(bytes).value();
    return message;
}

} // namespace

TEST_CASE("links are decoded as they were recorded")
{
    const auto links = decode_all(recorded("links.bin"), decode_link);
    REQUIRE(links.size() == 3);
    CHECK(links.at(0) == Link{1, "lo", true, false, true, 65536});
    CHECK(links.at(1).name == "veth1");
    CHECK(links.at(2) == Link{links.at(2).index, "veth0", true, true, false, 1500});
}

TEST_CASE("addresses are decoded as they were recorded")
{
    const auto records = decode_all(recorded("addresses.bin"), decode_address);
    const auto has = [&](const AddressRecord& record) {
        return std::ranges::find(records, record) != records.end();
    };
    CHECK(has({1, prefix("127.0.0.1/8"), std::nullopt, "lo"}));
    CHECK(has({1, prefix("::1"), std::uint8_t{1}, ""})); // IFAPROT_KERNEL_LO
    CHECK(has({1, prefix("192.0.2.8"), tags::protocol, "lo:rs-web"}));
    CHECK(has({1, prefix("192.0.2.77"), std::nullopt, "lo:rs-old"}));
    CHECK(has({1, prefix("2001:db8::8"), tags::protocol, ""}));
    CHECK(std::ranges::count_if(
              records, [](const AddressRecord& record) { return is_ours(record, "lo"); }) == 3);
    CHECK_FALSE(is_ours({1, prefix("192.0.2.77"), std::nullopt, "lo:rs-old"}, "eth0"));
    CHECK_FALSE(is_ours({1, prefix("192.0.2.77"), 3, "lo:rs-old"}, "lo"));
    CHECK_FALSE(is_ours({1, prefix("192.0.2.77/24"), tags::protocol, "lo:rs-old"}, "lo"));
}

TEST_CASE("routes and rules are decoded as they were recorded")
{
    State owned;
    for (const auto& record : decode_all(recorded("routes.bin"), decode_route)) {
        const auto* device = record.link == 1 ? "lo" : "veth0";
        if (auto object = owned_route(record, device)) {
            owned.insert(*object);
        }
    }
    for (const auto& rule : decode_all(recorded("rules.bin"), decode_rule)) {
        owned.insert(rule);
    }
    auto expected = every_kind();
    std::erase_if(expected, [](const Object& object) {
        return std::holds_alternative<Sysctl>(object) || std::holds_alternative<VipAddress>(object);
    });
    CHECK(owned == expected);
}

TEST_CASE("main routes are decoded as they were recorded")
{
    std::vector<std::string> routes;
    for (const auto& record : decode_all(recorded("main.bin"), decode_route)) {
        if (is_main_route(record)) {
            const auto route = main_route(record, "veth0");
            routes.push_back(to_string(route.destination) +
                             (route.gateway ? " via " + to_string(*route.gateway) : "") +
                             " metric " + std::to_string(route.metric) +
                             (route.onlink ? " onlink" : ""));
        }
    }
    std::ranges::sort(routes);
    CHECK(routes == std::vector<std::string>{
                        "0.0.0.0/0 via 10.0.0.1 metric 0", "0.0.0.0/0 via 10.0.0.2 metric 100",
                        "10.0.0.0/24 metric 0", "192.0.2.128/25 via 2001:db8:1::7 metric 0",
                        "198.51.100.0/24 via 10.0.0.3 metric 0", "2001:db8:1::/64 metric 256",
                        "2001:db8:7::/48 via fe80::1 metric 7",
                        "203.0.113.0/24 via 172.16.0.1 metric 0 onlink",
                        "::/0 via 2001:db8:1::1 metric 0"});
}

TEST_CASE("tunnels and GUE ports are decoded as they were recorded")
{
    State owned;
    auto of_others = 0;
    for (const auto& record : decode_all(recorded("tunnels.bin"), decode_tunnel)) {
        if (auto object = owned_device(record)) {
            owned.insert(*object);
        } else {
            ++of_others;
        }
    }
    auto expected = every_tunnel();
    expected.insert(FallbackDevice{"tunl0", TunnelKind::ipip});
    CHECK(owned == expected);
    CHECK(of_others == 7); // theirs, keyed, open, and four fallback devices that are down
    CHECK(decode_all(recorded("families.bin"), decode_fou_family).size() == 1);
    const auto ports = decode_all(recorded("gue.bin"), decode_gue);
    CHECK(State{ports.begin(), ports.end()} ==
          State{GuePort{address("10.0.0.9"), 6080}, GuePort{address("2001:db8:1::9"), 6080}});
}

TEST_CASE("a tunnel and a GUE port that are encoded decode to the same value")
{
    netlink::Message message;
    for (const auto& object : every_tunnel()) {
        const auto& tunnel = std::get<TunnelDevice>(object);
        CAPTURE(tunnel.name);
        auto request = std::move(create(tunnel).front().request);
        static_cast<ifinfomsg*>(nlmsg_data(nlmsg_hdr(request.get())))->ifi_index = 7;
        const auto record = decode_tunnel(as_message(message, *request)).value();
        CHECK(record.link == 7);
        CHECK_FALSE(is_ours(record));
        CHECK(record.plain);
        CHECK(TunnelDevice{record.name, record.kind, record.local.value(), record.remote.value(),
                           record.checksum} == tunnel);
    }
    for (const auto* local : {"10.0.0.9", "2001:db8:1::9"}) {
        const GuePort gue{address(local), 6080};
        for (const auto action : {Step::Action::add, Step::Action::remove}) {
            CHECK(decode_gue(as_message(message, *encode_gue(action, gue, 30))) == gue);
        }
    }
}

TEST_CASE("sockets and acknowledgements are decoded as they were recorded")
{
    const auto sockets = decode_all(recorded("sockets.bin"), decode_socket);
    REQUIRE(sockets.size() == 1);
    CHECK(sockets.front().local() == address("0.0.0.0"));
    CHECK(sockets.front().port() == 80);

    const auto last = [](const char* name) {
        const auto bytes = recorded(name);
        netlink::Bytes rest{bytes};
        return netlink::decode_answer(netlink::next_message(rest).value());
    };
    CHECK(last("success.bin").error == 0);
    CHECK(netlink::to_string(last("refusal.bin")) ==
          "Network is unreachable (Nexthop has invalid gateway)");
}

TEST_CASE("what is encoded decodes to the same value")
{
    using enum Step::Action;
    netlink::Message message;
    for (const auto& object : every_kind()) {
        CAPTURE(to_string(object));
        if (const auto* vip = std::get_if<VipAddress>(&object)) {
            const auto request = encode(add, *vip, 7);
            const auto record = decode_address(as_message(message, *request)).value();
            CHECK(record ==
                  AddressRecord{7, host_prefix(vip->vip), tags::protocol, vip->label.text});
        } else if (const auto* rule = std::get_if<ReplyRule>(&object)) {
            CHECK(decode_rule(as_message(message, *encode(add, *rule))) == object);
        } else if (const auto* block = std::get_if<ProbeBlock>(&object)) {
            CHECK(decode_rule(as_message(message, *encode(add, *block))) == object);
        } else if (const auto* guard = std::get_if<Guard>(&object)) {
            const auto request = encode(add, *guard);
            CHECK(owned_route(decode_route(as_message(message, *request)).value(), "") == object);
        } else if (const auto* route = std::get_if<VipRoute>(&object)) {
            const auto request = encode(add, *route, 7);
            const auto record = decode_route(as_message(message, *request)).value();
            CHECK(record.link == 7);
            CHECK(owned_route(record, route->device) == object);
        } else if (const auto* reply = std::get_if<ReplyRoute>(&object)) {
            const auto request = encode(remove, *reply, 7);
            CHECK(nlmsg_hdr(request.get())->nlmsg_type == RTM_DELROUTE);
            const auto record = decode_route(as_message(message, *request)).value();
            CHECK(record.link == 7);
            CHECK(owned_route(record, reply->device) == object);
        }
    }
}
