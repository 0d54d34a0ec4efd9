#include "kernel/lab.hpp"

#include <sys/wait.h>

#include <algorithm>

using namespace rs;
using namespace rs::test;

namespace {

// Everything that an administrator sees of a namespace.
std::string snapshot()
{
    return output("ip -d addr | grep -v -e valid_lft; ip route show table all; "
                  "ip -6 route show table all; ip rule; ip -6 rule; "
                  "grep -r . /proc/sys/net/ipv4/conf");
}

} // namespace

TEST_CASE("every kind is added, seen as it was asked for, and removed without a trace")
{
    Lab lab;
    const auto before = snapshot();
    CHECK(lab.kernel.observe().owned.empty());

    const auto desired = every_kind();
    const auto plan = make_plan({}, desired);
    const auto refused = lab.kernel.apply(plan);
    INFO(reasons(refused));
    CHECK(refused.empty());
    INFO(output("ip addr; ip route show table all; ip -6 route show table all; ip rule"));
    CHECK(lab.kernel.observe().owned == desired);
    for (const auto& step : make_plan(lab.kernel.observe().owned, desired)) {
        UNSCOPED_INFO(to_string(step));
    }
    CHECK(make_plan(lab.kernel.observe().owned, desired).empty());

    const auto undone = lab.kernel.apply(make_plan(desired, {}));
    INFO(reasons(undone));
    CHECK(undone.empty());
    CHECK(lab.kernel.observe().owned.empty());
    CHECK(snapshot() == before);
}

TEST_CASE("the kernel shows our objects with our tags")
{
    Lab lab;
    CHECK(lab.kernel.apply(make_plan({}, every_kind())).empty());
    // The kernel makes an IPv6 address usable in the background.
    CHECK(run(until("ip -6 route show table local | grep -q 2001:db8::8")) == 0);
    // Debian 13's `ip` shows the protocol, Debian 12's does not.
    const auto addresses = output("ip -d addr show dev lo | sed 's/ proto 0x52//'");
    CHECK(addresses.find("inet 192.0.2.8/32 scope host lo:rs-web") != std::string::npos);
    CHECK(addresses.find("inet6 2001:db8::8/128 scope global nodad deprecated noprefixroute") !=
          std::string::npos);
    const auto main_table = output("ip route; ip -6 route");
    CHECK(main_table.find("blackhole 192.0.2.8 proto 82 metric 4278198272") != std::string::npos);
    CHECK(main_table.find("blackhole 2001:db8::8 dev lo proto 82 metric 4278198272") !=
          std::string::npos);
    const auto local_table = output("ip route show table local");
    CHECK(local_table.find("local 198.51.100.0/24 dev lo proto 82 scope host") !=
          std::string::npos);
    const auto reply_table = output("ip route show table 820001");
    CHECK(reply_table.find("default via 10.0.0.1 dev veth0 proto 82 advmss 1440") !=
          std::string::npos);
    CHECK(reply_table.find("10.0.0.0/24 dev veth0 proto 82 scope link") != std::string::npos);
    CHECK(output("ip rule").find("8200:\tfrom 192.0.2.8 lookup 820001 proto 82") !=
          std::string::npos);
    CHECK(output("ip route get 198.51.100.200").find("local 198.51.100.200 dev lo") == 0);
    CHECK(output("ip -6 route get 2001:db8::8").find("local 2001:db8::8 from :: dev lo") == 0);
}

TEST_CASE("adding what is there and ours, and removing what is gone, is no error")
{
    Lab lab;
    const auto desired = every_kind();
    CHECK(lab.kernel.apply(make_plan({}, desired)).empty());
    const auto again = lab.kernel.apply(make_plan({}, desired));
    INFO(reasons(again));
    CHECK(again.empty());
    CHECK(lab.kernel.observe().owned == desired);
    CHECK(lab.kernel.apply(make_plan(desired, {})).empty());
    const auto twice = lab.kernel.apply(make_plan(desired, {}));
    INFO(reasons(twice));
    CHECK(twice.empty());
    CHECK(apply(lab.kernel, remove(VipAddress{address("192.0.2.9"), "nowhere", {}})).empty());
    CHECK(apply(lab.kernel, remove(Sysctl{"nowhere", "arp_ignore", 1})).empty());
}

TEST_CASE("an address is ours by protocol, or by label where nobody set a protocol")
{
    Lab lab;
    // iproute2 of this age sets no IFA_PROTO: a label of ours, a label of others, none.
    CHECK(run("ip addr add 192.0.2.1/32 dev lo label lo:rs-old && "
              "ip addr add 192.0.2.2/32 dev lo label lo:1 && ip addr add 192.0.2.3/32 dev lo && "
              "ip addr add 192.0.2.4/24 dev lo label lo:rs-net") == 0);
    const auto host = lab.kernel.observe();
    CHECK(host.owned == State{VipAddress{address("192.0.2.1"), "lo", {"lo:rs-old"}}});
    const DeviceAddress foreign{"lo", prefix("192.0.2.2"), false};
    CHECK(std::ranges::find(host.addresses, foreign) != host.addresses.end());
    const DeviceAddress ours{"lo", prefix("192.0.2.1"), true};
    CHECK(std::ranges::find(host.addresses, ours) != host.addresses.end());
}

TEST_CASE("what others made is neither ours nor touched, and said to be in the way")
{
    Lab lab;
    CHECK(run("ip addr add 192.0.2.8/32 dev lo && ip route add blackhole 192.0.2.9 proto 99 "
              "metric 4278198272 && ip route add local 192.0.2.10 dev lo table local metric 82 "
              "proto static"
              " && ip rule add from 192.0.2.11 lookup 820001 priority 8200 protocol 99 && "
              "ip route add default via 10.0.0.1 table 820001 proto static") == 0);
    const auto before = snapshot();
    CHECK(lab.kernel.observe().owned.empty());
    const auto refusal = apply(lab.kernel, add(VipAddress{address("192.0.2.8"), "lo", {}}));
    CHECK(refusal.starts_with("0 add VIP 192.0.2.8 on lo: File exists"));
    CHECK(refusal.find("is not ours") != std::string::npos);
    CHECK_FALSE(apply(lab.kernel, add(Guard{prefix("192.0.2.9")})).empty());
    CHECK_FALSE(apply(lab.kernel, add(VipRoute{prefix("192.0.2.10"), "lo"})).empty());
    CHECK(apply(lab.kernel, remove(ReplyRule{prefix("192.0.2.11"), 820001})).empty());
    CHECK(apply(lab.kernel, remove(VipRoute{prefix("192.0.2.10"), "lo"})).empty());
    CHECK(apply(lab.kernel, remove(Guard{prefix("192.0.2.9")})).empty());
    CHECK(snapshot() == before);
}

TEST_CASE("a VIP's address and its route stand side by side, so that it can move between them")
{
    Lab lab;
    for (const auto* text : {"192.0.2.8", "2001:db8::8"}) {
        const VipAddress as_address{address(text), "lo", {"lo:rs-web"}};
        const VipRoute as_route{prefix(text), "lo"};
        const auto first_then_second = [&](const Object& first, const Object& second) {
            CHECK(apply(lab.kernel, add(first)).empty());
            CHECK(apply(lab.kernel, add(second)).empty());
            CHECK(lab.kernel.observe().owned == State{first, second});
            CHECK(apply(lab.kernel, remove(first)).empty());
            CHECK(lab.kernel.observe().owned == State{second});
            CHECK(apply(lab.kernel, remove(second)).empty());
        };
        first_then_second(as_address, as_route);
        first_then_second(as_route, as_address);
    }
}

TEST_CASE("a refused step says why and leaves the rest of the batch alone")
{
    Lab lab;
    CHECK(run("ip addr add 192.0.2.2/32 dev lo") == 0);
    const Plan batch{add(VipAddress{address("192.0.2.1"), "lo", {}}),
                     add(VipAddress{address("192.0.2.2"), "lo", {}}),
                     add(ReplyRoute{820001, prefix("0.0.0.0/0"), address("172.16.0.1"), "veth0"}),
                     add(VipAddress{address("192.0.2.3"), "nowhere", {}}),
                     add(Sysctl{"nowhere", "arp_ignore", 1}),
                     add(VipAddress{address("192.0.2.4"), "lo", {}})};
    const auto refused = lab.kernel.apply(batch);
    INFO(reasons(refused));
    REQUIRE(refused.size() == 4);
    CHECK(refused.at(0).step == 1);
    CHECK(refused.at(0).error == EEXIST);
    CHECK(refused.at(1).step == 2);
    CHECK(refused.at(1).reason ==
          "add reply route to default via 172.16.0.1 dev veth0 in table 820001: "
          "Network is unreachable (Nexthop has invalid gateway)");
    CHECK(refused.at(2).error == ENODEV);
    CHECK(refused.at(2).reason.find("no device is called 'nowhere'") != std::string::npos);
    CHECK(refused.at(3).error == ENODEV);
    CHECK(lab.kernel.observe().owned == State{VipAddress{address("192.0.2.1"), "lo", {}},
                                              VipAddress{address("192.0.2.4"), "lo", {}}});
}
