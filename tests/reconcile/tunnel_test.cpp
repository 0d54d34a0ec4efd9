#include "reconcile/objects.hpp"
#include "reconcile/reply.hpp"
#include "reconcile/tunnel.hpp"
#include "support/catch.hpp"
#include "support/memory_kernel.hpp"

using namespace rs;
using namespace rs::test;

namespace {

const auto director = *parse_address("203.0.113.6");
const auto director6 = *parse_address("2001:db8:9::6");
const auto here = *parse_address("198.51.100.9");
const auto here6 = *parse_address("2001:db8:1::9");

Host tunnelled_host()
{
    MemoryKernel kernel;
    auto host = with_network(kernel).host;
    host.paths = {{director, {here, "eth0", 1500}}, {director6, {here6, "eth0", 1500}}};
    host.main_routes = {{*parse_prefix("0.0.0.0/0"), parse_address("198.51.100.1"), "eth0", 0},
                        {*parse_prefix("198.51.100.0/24"), std::nullopt, "eth0", 0},
                        {*parse_prefix("::/0"), parse_address("fe80::1"), "eth0", 1024},
                        {*parse_prefix("fe80::/64"), std::nullopt, "eth0", 256}};
    return host;
}

Role tunnelled_role(std::vector<std::string> vips = {"192.0.2.8"})
{
    auto role = web_role(std::move(vips));
    role.forwarding = Forwarding::tunnelling;
    role.device.clear();
    role.directors = {director};
    return role;
}

std::vector<TunnelKind> kinds(const Role& role, const Host& host = tunnelled_host())
{
    std::vector<TunnelKind> found;
    for (const auto& device : all_of<TunnelDevice>(desired_state(role, host).objects)) {
        found.push_back(device.kind);
    }
    std::ranges::sort(found);
    return found;
}

} // namespace

TEST_CASE("a tunnel takes in what one director sends here, and holds the VIP")
{
    const auto desired = desired_state(tunnelled_role(), tunnelled_host());
    CHECK(desired.obstacles.empty());
    CHECK(desired.warnings.empty());
    const auto devices = all_of<TunnelDevice>(desired.objects);
    REQUIRE(devices.size() == 1);
    const auto& name = devices.front().name;
    CHECK(devices.front() == TunnelDevice{name, TunnelKind::ipip, here, director});
    CHECK(name.size() == 9);
    CHECK(desired.objects.contains(Sysctl{name, "rp_filter", 2}));
    CHECK(all_of<VipAddress>(desired.objects) ==
          std::vector<VipAddress>{{*parse_address("192.0.2.8"), name, {}}});
}

TEST_CASE("each director and each family has the device that fits")
{
    using enum TunnelKind;
    auto role = tunnelled_role({"192.0.2.8", "2001:db8::8"});
    role.directors = {director, director6};
    CHECK(kinds(role) == std::vector{ipip, sit, ip6tnl});
    role.tunnel.encapsulation = Encapsulation::gre;
    CHECK(kinds(role) == std::vector{gre, ip6gre});
    role.tunnel.encapsulation = Encapsulation::gue;
    CHECK(kinds(role) == std::vector{ipip, sit, ip6tnl});
    CHECK(all_of<GuePort>(desired_state(role, tunnelled_host()).objects) ==
          std::vector<GuePort>{{here, 6080}, {here6, 6080}});
}

TEST_CASE("only devices that carry IPv4 have their reverse path filter loosened")
{
    const auto desired = desired_state(tunnelled_role({"2001:db8::8"}), tunnelled_host());
    CHECK(all_of<TunnelDevice>(desired.objects).size() == 1);
    CHECK(all_of<Sysctl>(desired.objects).empty());
}

TEST_CASE("a prefix is one route on lo, and an address of it on each tunnel")
{
    const auto desired = desired_state(tunnelled_role({"192.0.2.0/28"}), tunnelled_host());
    CHECK(all_of<VipRoute>(desired.objects) ==
          std::vector<VipRoute>{{*parse_prefix("192.0.2.0/28"), "lo"}});
    CHECK(all_of<VipAddress>(desired.objects).size() == 1);
}

TEST_CASE("a director without a route has no tunnel, and what it has stays")
{
    auto role = tunnelled_role();
    role.directors = {director, *parse_address("203.0.113.7")};
    auto host = tunnelled_host();
    auto desired = desired_state(role, host);
    CHECK(desired.obstacles.empty());
    CHECK(desired.warnings ==
          std::vector<std::string>{
              "there is no route to director 203.0.113.7, so no tunnel from it"});
    CHECK(all_of<TunnelDevice>(desired.objects).size() == 1);

    host.owned = desired.objects;
    host.paths.clear();
    desired = desired_state(role, host);
    CHECK(desired.obstacles == std::vector<std::string>{"no director can be reached"});
    CHECK(all_of<TunnelDevice>(desired.objects).size() == 1);
    CHECK(all_of<VipAddress>(desired.objects).size() == 1);
    CHECK(all_of<ReplyRoute>(desired.objects).size() == 2);
}

TEST_CASE("a tunnel that somebody renamed is still the tunnel")
{
    auto host = tunnelled_host();
    const TunnelDevice renamed{"uplink-tunnel", TunnelKind::ipip, here, director};
    host.owned.insert(renamed);
    const auto desired = desired_state(tunnelled_role(), host);
    CHECK(all_of<TunnelDevice>(desired.objects) == std::vector{renamed});
    CHECK(all_of<VipAddress>(desired.objects).front().device == "uplink-tunnel");
}

TEST_CASE("when this host answers from another address, the tunnel ends there")
{
    auto host = tunnelled_host();
    const auto before = desired_state(tunnelled_role(), host);
    host.owned = before.objects;
    host.paths[director].local = *parse_address("198.51.100.10");
    const auto after = desired_state(tunnelled_role(), host);
    CHECK(all_of<TunnelDevice>(after.objects).front().local == *parse_address("198.51.100.10"));
    CHECK(all_of<TunnelDevice>(after.objects).front().name !=
          all_of<TunnelDevice>(before.objects).front().name);
}

TEST_CASE("the MSS leaves room for the tunnel, on a copy of the main table's ways")
{
    const auto desired =
        desired_state(tunnelled_role({"192.0.2.8", "2001:db8::8"}), tunnelled_host());
    const auto routes = all_of<ReplyRoute>(desired.objects);
    const auto ipv4 = reply_table({}, 1440);
    const auto ipv6 = reply_table({}, 1420);
    CHECK(std::set<ReplyRoute>{routes.begin(), routes.end()} ==
          std::set<ReplyRoute>{
              {ipv4, *parse_prefix("0.0.0.0/0"), parse_address("198.51.100.1"), "eth0", 1440, 0},
              {ipv4, *parse_prefix("198.51.100.0/24"), std::nullopt, "eth0", 1440, 0},
              {ipv6, *parse_prefix("::/0"), parse_address("fe80::1"), "eth0", 1420, 1024}});
    CHECK(all_of<ReplyRule>(desired.objects).size() == 2);
    auto role = tunnelled_role();
    role.reply.mss = MssOff{};
    CHECK(all_of<ReplyRule>(desired_state(role, tunnelled_host()).objects).empty());
    role.reply.mss = std::uint16_t{1300};
    CHECK(all_of<ReplyRoute>(desired_state(role, tunnelled_host()).objects).front().advmss == 1300);
}

TEST_CASE("the MSS is that of the narrowest director's path and its headers")
{
    auto role = tunnelled_role();
    role.directors = {director, director6};
    CHECK(tunnel_mss(role, tunnelled_host(), Family::ipv4) == 1500U - 40 - 20 - 20);
    auto host = tunnelled_host();
    host.paths[director].mtu = 1400;
    CHECK(tunnel_mss(role, host, Family::ipv4) == 1400U - 20 - 20 - 20);
    role.tunnel.encapsulation = Encapsulation::gre;
    CHECK(tunnel_mss(role, host, Family::ipv6) == 1400U - 20 - 8 - 40 - 20);
}

TEST_CASE("the kernel's own device is left up where somebody else had set it up")
{
    auto role = tunnelled_role();
    role.tunnel.device = "tunl0";
    const FallbackDevice device{"tunl0", TunnelKind::ipip};
    auto host = tunnelled_host();
    host.links.push_back({9, "tunl0", false, false, false});
    CHECK(desired_state(role, host).objects.contains(device));
    host.links.back().up = true;
    CHECK_FALSE(desired_state(role, host).objects.contains(device));
    host.owned.insert(device);
    CHECK(desired_state(role, host).objects.contains(device));
}

TEST_CASE("the kernel's own device is used as it is, and it is said that it is open")
{
    auto role = tunnelled_role();
    role.tunnel.device = "tunl0";
    auto host = tunnelled_host();
    auto desired = desired_state(role, host);
    CHECK(all_of<FallbackDevice>(desired.objects) ==
          std::vector<FallbackDevice>{{"tunl0", TunnelKind::ipip}});
    CHECK(all_of<TunnelDevice>(desired.objects).empty());
    CHECK(all_of<VipAddress>(desired.objects).front().device == "tunl0");
    CHECK(desired.objects.contains(Sysctl{"tunl0", "rp_filter", 2}));
    host.links.push_back({9, "tunl0", true, false, false});
    desired = desired_state(role, host);
    CHECK(desired.warnings ==
          std::vector<std::string>{"tunl0 is up, and takes tunnelled packets from anybody: leave "
                                   "tunnel.device out to close it"});
    desired = desired_state(tunnelled_role(), host);
    CHECK(desired.warnings ==
          std::vector<std::string>{"tunl0 is up, and takes tunnelled packets from anybody; set it "
                                   "down: ip link set tunl0 down"});
}
