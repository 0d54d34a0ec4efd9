#include "ctl/planned.hpp"
#include "ctl/step_command.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::ctl;

namespace {

Address address(const char* text)
{
    return *parse_address(text);
}

Prefix prefix(const char* text)
{
    return *parse_prefix(text);
}

std::string add(const Object& object)
{
    return step_command({Step::Action::add, object});
}

std::string remove(const Object& object, int before = 0)
{
    return step_command({Step::Action::remove, object}, before);
}

} // namespace

TEST_CASE("a guard is a blackhole route of table main")
{
    CHECK(add(Guard{prefix("192.0.2.8")}) ==
          "ip route add blackhole 192.0.2.8 metric 4278198272 proto 82");
    CHECK(add(Guard{prefix("2001:db8::8")}) ==
          "ip -6 route add blackhole 2001:db8::8 metric 4278198272 proto 82");
    CHECK(remove(Guard{prefix("198.51.100.0/28")}) ==
          "ip route del blackhole 198.51.100.0/28 metric 4278198272 proto 82");
}

TEST_CASE("a sysctl is written with slashes, because VLAN devices have dots in their names")
{
    const Sysctl sysctl{"eth0.100", "arp_ignore", 1};
    CHECK(add(sysctl) == "sysctl -w net/ipv4/conf/eth0.100/arp_ignore=1");
    CHECK(remove(sysctl, 3) == "sysctl -w net/ipv4/conf/eth0.100/arp_ignore=3");
}

TEST_CASE("a VIP is a host address, IPv4 with the role's label and IPv6 without DAD")
{
    CHECK(add(VipAddress{address("192.0.2.8"), "lo", {"lo:rs-web"}}) ==
          "ip address add 192.0.2.8/32 dev lo scope host label lo:rs-web");
    CHECK(add(VipAddress{address("2001:db8::8"), "lo", {"lo:rs-web"}}) ==
          "ip -6 address add 2001:db8::8/128 dev lo nodad noprefixroute preferred_lft 0");
    CHECK(remove(VipAddress{address("192.0.2.8"), "lo", {"lo:rs-web"}}) ==
          "ip address del 192.0.2.8/32 dev lo");
}

TEST_CASE("a prefix of VIPs is one local route")
{
    CHECK(add(VipRoute{prefix("198.51.100.0/28"), "lo"}) ==
          "ip route add local 198.51.100.0/28 dev lo table local metric 82 proto 82");
    CHECK(remove(VipRoute{prefix("2001:db8:1::/64"), "lo"}) ==
          "ip -6 route del local 2001:db8:1::/64 dev lo table local metric 82 proto 82");
}

TEST_CASE("probes are blocked by a rule")
{
    CHECK(add(ProbeBlock{address("192.0.2.9"), address("192.0.2.6"), 80}) ==
          "ip rule add from 192.0.2.9 to 192.0.2.6 ipproto tcp sport 80 unreachable priority 8200 "
          "protocol 82");
}

TEST_CASE("a tunnel is a device with an owner's mark, and a GUE port where it needs one")
{
    const TunnelDevice gre{"lvs1a2b3c", TunnelKind::gre, address("198.51.100.9"),
                           address("203.0.113.6"), true};
    CHECK(add(gre) == "ip link add lvs1a2b3c type gre local 198.51.100.9 remote 203.0.113.6 icsum "
                      "&& ip link set lvs1a2b3c alias realserverd up");
    CHECK(remove(gre) == "ip link del lvs1a2b3c");
    CHECK(add(GuePort{address("198.51.100.9"), 6080}) ==
          "ip fou add port 6080 gue local 198.51.100.9");
    CHECK(remove(GuePort{address("2001:db8::9"), 6080}) ==
          "ip -6 fou del port 6080 local 2001:db8::9");
    CHECK(add(FallbackDevice{"tunl0", TunnelKind::ipip}) ==
          "modprobe ipip && ip link set tunl0 alias realserverd up");
    CHECK(remove(FallbackDevice{"tunl0", TunnelKind::ipip}) == "ip link set tunl0 down alias ''");
}

TEST_CASE("replies have a rule and a table of their own")
{
    CHECK(add(ReplyRule{prefix("192.0.2.8"), 820001}) ==
          "ip rule add from 192.0.2.8 lookup 820001 priority 8200 protocol 82");
    CHECK(add(ReplyRoute{820001, prefix("0.0.0.0/0"), address("192.0.2.1"), "eth0", 1440}) ==
          "ip route add default via 192.0.2.1 dev eth0 table 820001 proto 82 advmss 1440");
    CHECK(remove(ReplyRoute{820001, prefix("::/0"), address("2001:db8::1"), "eth0", 1440}) ==
          "ip -6 route del default via 2001:db8::1 dev eth0 table 820001 proto 82");
    CHECK(add(ReplyRoute{820001, prefix("192.0.2.0/24"), std::nullopt, "eth0", 0}) ==
          "ip route add 192.0.2.0/24 dev eth0 table 820001 proto 82");
    CHECK(add(ReplyRoute{820001,
                         prefix("0.0.0.0/0"),
                         address("192.0.2.1"),
                         "eth0",
                         1440,
                         0,
                         false,
                         3,
                         {{address("198.51.100.1"), "eth1"}}}) ==
          "ip route add default table 820001 proto 82 advmss 1440 nexthop via 192.0.2.1 dev eth0 "
          "weight 3 nexthop via 198.51.100.1 dev eth1 weight 1");
}

TEST_CASE("a device name cannot run a command of its own")
{
    CHECK(shell_word("eth0.100") == "eth0.100");
    CHECK(shell_word("$(reboot)") == "'$(reboot)'");
    CHECK(shell_word("it's") == R"('it'\''s')");
    CHECK(shell_word("") == "''");
    CHECK(add(VipRoute{prefix("192.0.2.8"), "a;b"}) ==
          "ip route add local 192.0.2.8 dev 'a;b' table local metric 82 proto 82");
    CHECK(add(Sysctl{"a b", "arp_ignore", 1}) == "sysctl -w 'net/ipv4/conf/a b/arp_ignore=1'");
}

namespace {

Host small_host()
{
    Host host;
    host.links = {{1, "lo", true, false, true}, {2, "eth0", true, true, false}};
    for (const auto* device : {"all", "lo", "eth0"}) {
        host.sysctls[{device, "arp_ignore"}] = 0;
        host.sysctls[{device, "arp_announce"}] = 0;
    }
    return host;
}

Config one_role()
{
    Role role;
    role.name = "web";
    role.vips = {prefix("192.0.2.8")};
    return {{}, {role}};
}

std::vector<std::string> commands(const std::vector<Planned>& plan)
{
    std::vector<std::string> lines;
    for (const auto& step : plan) {
        lines.push_back(step.command);
    }
    return lines;
}

} // namespace

TEST_CASE("a plan is told as commands, in order, with the role that wants each")
{
    const auto plan = planned(one_role(), small_host(), {});
    CHECK(commands(plan) ==
          std::vector<std::string>{
              "ip route add blackhole 192.0.2.8 metric 4278198272 proto 82",
              "nft add table arp realserverd && nft add chain arp realserverd output "
              "'{ type filter hook output priority 0; policy accept; }' && "
              "nft add set arp realserverd vips32 '{ type ipv4_addr; }' && "
              "nft add rule arp realserverd output 'arp saddr ip @vips32 counter drop' && "
              "nft add element arp realserverd vips32 '{ 192.0.2.8 }'",
              "sysctl -w net/ipv4/conf/all/arp_announce=2",
              "sysctl -w net/ipv4/conf/all/arp_ignore=1",
              "sysctl -w net/ipv4/conf/eth0/arp_announce=2",
              "sysctl -w net/ipv4/conf/eth0/arp_ignore=1",
              "ip address add 192.0.2.8/32 dev lo scope host label lo:rs-web"});
    CHECK(std::ranges::all_of(plan, [](const auto& step) { return step.role == "web"; }));
}

TEST_CASE("a sysctl that has its value already needs no command")
{
    auto host = small_host();
    host.sysctls[{"all", "arp_ignore"}] = 1;
    const auto lines = commands(planned(one_role(), host, {}));
    CHECK(std::ranges::find(lines, "sysctl -w net/ipv4/conf/all/arp_ignore=1") == lines.end());
    CHECK(lines.size() == 6);
}

TEST_CASE("what no role wants any more goes back to what the ledger has, last of all")
{
    auto host = small_host();
    host.sysctls[{"eth0", "arp_ignore"}] = 1;
    host.sysctls[{"all", "arp_ignore"}] = 2;
    const LedgerEntries ledger{{{2, "arp_ignore"}, {0, 1}},
                               {{0, "arp_ignore"}, {0, 1}},  // changed by somebody since
                               {{9, "arp_ignore"}, {0, 1}}}; // its device is gone
    add_owned_sysctls(host, ledger);
    host.owned.insert(VipAddress{address("192.0.2.8"), "lo", {}});
    const auto plan = planned({}, host, ledger);
    CHECK(commands(plan) == std::vector<std::string>{"ip address del 192.0.2.8/32 dev lo",
                                                     "sysctl -w net/ipv4/conf/eth0/arp_ignore=0"});
    CHECK(plan.front().role.empty());
}
