#include "kernel/linux_kernel.hpp"
#include "kernel/sysctl.hpp"
#include "support/catch.hpp"
#include "support/netns.hpp"

#include <fcntl.h>

#include <algorithm>

using namespace rs;
using rs::test::output;
using rs::test::run;

namespace {

// A kernel of one's own: `veth0` and `veth1` are there and up, and a ledger.
struct Lab {
    test::NetworkNamespace network;
    test::TemporaryDirectory directory;
    int made = run("ip link add veth0 type veth peer name veth1 && "
                   "ip link set veth0 addrgenmode none up && "
                   "ip link set veth1 addrgenmode none up && ip addr add 10.0.0.9/24 dev veth0 && "
                   "ip -6 addr add 2001:db8:1::9/64 dev veth0 nodad");
    LinuxKernel kernel{directory.path() / "run"};

    Lab() { REQUIRE(made == 0); }
};

Address address(const std::string& text)
{
    return parse_address(text).value();
}

Prefix prefix(const std::string& text)
{
    return parse_prefix(text).value();
}

Step add(Object object)
{
    return {Step::Action::add, std::move(object)};
}

Step remove(Object object)
{
    return {Step::Action::remove, std::move(object)};
}

std::string reasons(const std::vector<Refusal>& refusals)
{
    std::string text;
    for (const auto& refusal : refusals) {
        text += std::to_string(refusal.step) + ' ' + refusal.reason + '\n';
    }
    return text;
}

State every_kind()
{
    return {Guard{prefix("192.0.2.8")},
            Guard{prefix("2001:db8::8")},
            Guard{prefix("198.51.100.0/24")},
            Sysctl{"all", "arp_ignore", 1},
            Sysctl{"all", "arp_announce", 2},
            Sysctl{"veth0", "arp_ignore", 1},
            ReplyRoute{820001, prefix("0.0.0.0/0"), address("10.0.0.1"), "veth0", 1440},
            ReplyRoute{820001, prefix("10.0.0.0/24"), std::nullopt, "veth0", 0},
            ReplyRoute{820001, prefix("::/0"), address("2001:db8:1::1"), "veth0", 1420},
            ReplyRoute{820001, prefix("2001:db8:1::/64"), std::nullopt, "veth0", 0},
            ReplyRule{prefix("192.0.2.8"), 820001},
            ReplyRule{prefix("198.51.100.0/24"), 829999},
            ReplyRule{prefix("2001:db8::8"), 820001},
            VipAddress{address("192.0.2.8"), "lo", {"lo:rs-web"}},
            VipAddress{address("2001:db8::8"), "lo", {}},
            VipRoute{prefix("198.51.100.0/24"), "lo"},
            VipRoute{prefix("203.0.113.7"), "veth0"},
            VipRoute{prefix("2001:db8:2::/64"), "lo"},
            VipRoute{prefix("2001:db8:3::1"), "lo"}};
}

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
