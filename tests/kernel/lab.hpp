#pragma once
#include "kernel/linux_kernel.hpp"
#include "support/catch.hpp"
#include "support/netns.hpp"

#include <poll.h>

namespace rs::test {

// Two devices that do not change by themselves any more: without link-local addresses, which come
// late, and waited for until the kernel has done what it does in the background (the state of a
// link, the local route of an IPv6 address).
inline const std::string lab_devices =
    "ip link add veth0 address 02:00:00:00:00:01 type veth peer name veth1 && "
    "for device in veth0 veth1; do ip link set $device addrgenmode none && ip link set $device up; "
    "done && "
    "ip addr add 10.0.0.9/24 dev veth0 && ip -6 addr add 2001:db8:1::9/64 dev veth0 nodad && " +
    until("ip link show veth0 | grep -q 'state UP'") + " && " +
    until("ip link show veth1 | grep -q 'state UP'") + " && " +
    until("ip -6 route show table local | grep -q 2001:db8:1::9");

// Routes of others, on these devices: nine that count, and some that do not.
inline const std::string main_routes =
    "ip route add default via 10.0.0.1 && ip route add default via 10.0.0.2 metric 100 && "
    "ip route add 198.51.100.0/24 nexthop via 10.0.0.3 nexthop via 10.0.0.4 && "
    "ip route add 203.0.113.0/24 via 172.16.0.1 dev veth0 onlink && "
    "ip route add 192.0.2.128/25 via inet6 2001:db8:1::7 dev veth0 && "
    "ip route add blackhole 192.0.2.1 && ip route add 192.0.2.2 dev veth0 proto 82 && "
    "ip route add 192.0.2.3 via 10.0.0.1 table 77 && "
    "ip route add 192.0.2.4 via 10.0.0.1 tos 0x10 && "
    "ip -6 route add default via 2001:db8:1::1 && "
    "ip -6 route add 2001:db8:7::/48 via fe80::1 dev veth0 metric 7";

// Devices of others: with our name, with our mark, with our ends, and GUE ports.
inline const std::string foreign_tunnels =
    "ip link add theirs type ipip local 10.0.0.9 remote 10.0.0.99 && ip link set theirs up && "
    "ip link add marked type dummy && ip link set marked alias realserverd up && "
    "ip link add keyed type gre local 10.0.0.9 remote 10.0.0.99 key 7 && "
    "ip link set keyed alias realserverd up && "
    "ip link add open type ipip external && ip link set open alias realserverd up && "
    "ip link set tunl0 alias realserverd up && ip fou add port 7000 gue && "
    "ip fou add port 7001 ipproto 4 local 10.0.0.9 && ip fou add port 6080 gue local 10.0.0.9 && "
    "ip fou add port 6080 gue -6 local 2001:db8:1::9 && "
    "ip fou add port 7002 gue local 10.0.0.9 peer 10.0.0.1 peer_port 5";

// A network namespace with `veth0` and `veth1`, up, and an empty ledger.
struct Lab {
    NetworkNamespace network;
    TemporaryDirectory directory;
    int made = run(lab_devices);
    LinuxKernel kernel{runtime()};

    Lab() { REQUIRE(made == 0); }

    [[nodiscard]] std::filesystem::path runtime() const { return directory.path() / "run"; }
};

inline Address address(const std::string& text)
{
    return parse_address(text).value();
}

inline Prefix prefix(const std::string& text)
{
    return parse_prefix(text).value();
}

inline Step add(Object object)
{
    return {Step::Action::add, std::move(object)};
}

inline Step remove(Object object)
{
    return {Step::Action::remove, std::move(object)};
}

// An object or more of each kind and family, on the lab's devices.
inline State every_kind()
{
    return {Guard{prefix("192.0.2.8")},
            Guard{prefix("2001:db8::8")},
            Guard{prefix("198.51.100.0/24")},
            ProbeBlock{address("10.0.0.2"), address("10.0.0.1"), 80},
            ProbeBlock{address("2001:db8:1::2"), address("2001:db8:1::1"), 443},
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

// A tunnel or more of each kind, between the lab's addresses.
inline State every_tunnel()
{
    const auto here = address("10.0.0.9");
    const auto here6 = address("2001:db8:1::9");
    const auto director = address("10.0.0.1");
    const auto director6 = address("2001:db8:1::1");
    const auto other = address("10.0.0.2");
    const auto other6 = address("2001:db8:1::2");
    return {TunnelDevice{"lvs-ipip", TunnelKind::ipip, here, director},
            TunnelDevice{"lvs-ipip2", TunnelKind::ipip, here, other},
            TunnelDevice{"lvs-sit", TunnelKind::sit, here, director},
            TunnelDevice{"lvs-ip6tnl", TunnelKind::ip6tnl, here6, director6},
            TunnelDevice{"lvs-gre", TunnelKind::gre, here, director},
            TunnelDevice{"lvs-gre2", TunnelKind::gre, here, other, true},
            TunnelDevice{"lvs-ip6gre", TunnelKind::ip6gre, here6, director6},
            TunnelDevice{"lvs-ip6gre2", TunnelKind::ip6gre, here6, other6, true}};
}

inline bool readable(int fd, int milliseconds = 0)
{
    pollfd poll{.fd = fd, .events = POLLIN, .revents = 0};
    return ::poll(&poll, 1, milliseconds) == 1;
}

inline std::string reasons(const std::vector<Refusal>& refusals)
{
    std::string text;
    for (const auto& refusal : refusals) {
        text += std::to_string(refusal.step) + ' ' + refusal.reason + '\n';
    }
    return text;
}

// One step; the reason of the refusal, empty if there was none.
inline std::string apply(LinuxKernel& kernel, const Step& step)
{
    return reasons(kernel.apply({&step, 1}));
}

} // namespace rs::test
