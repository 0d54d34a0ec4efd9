#include "reconcile/desired.hpp"
#include "reconcile/objects.hpp"
#include "reconcile/probes.hpp"
#include "reconcile/reply.hpp"
#include "support/catch.hpp"
#include "support/memory_kernel.hpp"

using namespace rs;
using namespace rs::test;

namespace {

Host plain_host()
{
    MemoryKernel kernel;
    return with_network(kernel).observe();
}

} // namespace

TEST_CASE("each VIP gets a guard and an address with the role's label")
{
    const auto desired = desired_state(web_role(), plain_host());
    CHECK(desired.obstacles.empty());
    CHECK(all_of<Guard>(desired.objects).size() == 2);
    const auto addresses = all_of<VipAddress>(desired.objects);
    REQUIRE(addresses.size() == 2);
    CHECK(addresses[0].label.text == "lo:rs-web");
    CHECK(to_string(addresses[1].vip) == "2001:db8::8");
}

TEST_CASE("a label is cut to the fifteen bytes a device name has")
{
    auto role = web_role();
    role.name = "a-rather-long-name";
    const auto addresses = all_of<VipAddress>(desired_state(role, plain_host()).objects);
    CHECK(addresses.front().label.text == "lo:rs-a-rather-");
}

TEST_CASE("a prefix is one route, or every one of its addresses")
{
    auto role = web_role({"192.0.2.248/29"});
    CHECK(vip_objects(role, role.vips.front(), {}) == State{VipRoute{role.vips.front(), "lo"}});
    role.bind = Bind::address;
    CHECK(vip_objects(role, role.vips.front(), {}).size() == 8);
    role = web_role({"255.255.255.254/31"});
    role.bind = Bind::address;
    CHECK(vip_objects(role, role.vips.front(), {}).size() == 2);
}

TEST_CASE("a VIP that somebody else has bound is not wanted, but told")
{
    auto host = plain_host();
    host.addresses.push_back({"lo", *parse_prefix("192.0.2.8"), false});
    std::ranges::sort(host.addresses);
    const auto desired = desired_state(web_role({"192.0.2.8"}), host);
    CHECK(all_of<VipAddress>(desired.objects).empty());
    CHECK(desired.obstacles.empty());
    CHECK(desired.warnings.size() == 1);
}

TEST_CASE("a VIP on a device that answers ARP is an obstacle that names the remedy")
{
    auto host = plain_host();
    host.addresses.push_back({"eth0", *parse_prefix("192.0.2.8/24"), false});
    std::ranges::sort(host.addresses);
    const auto desired = desired_state(web_role({"192.0.2.8"}), host);
    REQUIRE(desired.obstacles.size() == 1);
    CHECK(desired.obstacles.front().find("ip address del 192.0.2.8/24 dev eth0") !=
          std::string::npos);
    CHECK(all_of<VipAddress>(desired.objects).empty());
}

TEST_CASE("a device that is missing, down or answers ARP keeps new VIPs out, and old ones in")
{
    auto host = plain_host();
    auto role = web_role({"192.0.2.8"});
    role.device = "dummy0";
    CHECK(desired_state(role, host).obstacles ==
          std::vector<std::string>{"device dummy0 does not exist"});
    role.device = "eth0";
    CHECK(desired_state(role, host).obstacles.size() == 1);
    role.device = "lo";
    host.links.front().up = false;
    CHECK(all_of<VipAddress>(desired_state(role, host).objects).empty());
    host.owned.insert(VipAddress{*parse_address("192.0.2.8"), "lo", {}});
    CHECK(all_of<VipAddress>(desired_state(role, host).objects).size() == 1);
}

TEST_CASE("replies leave by the gateway, and to the device's own networks directly")
{
    auto role = web_role();
    role.reply.gateway = parse_address("198.51.100.1");
    role.reply.mss = std::uint16_t{1440};
    const auto desired = desired_state(role, plain_host());
    const auto table = reply_table(role.reply, 1440);
    CHECK(desired.obstacles.empty());
    CHECK(all_of<ReplyRule>(desired.objects) ==
          std::vector<ReplyRule>{{*parse_prefix("192.0.2.8"), table}});
    CHECK(all_of<ReplyRoute>(desired.objects) ==
          std::vector<ReplyRoute>{
              {table, *parse_prefix("0.0.0.0/0"), role.reply.gateway, "eth0", 1440},
              {table, *parse_prefix("198.51.100.0/24"), std::nullopt, "eth0", 1440}});
}

TEST_CASE("a gateway nobody can reach is an obstacle, and what was built towards it stays")
{
    auto role = web_role();
    role.reply.gateway = parse_address("203.0.113.1");
    auto host = plain_host();
    const ReplyRule rule{*parse_prefix("192.0.2.8"), reply_table(role.reply, 0)};
    host.owned.insert(rule);
    const auto desired = desired_state(role, host);
    CHECK(desired.obstacles.size() == 1);
    CHECK(desired.objects.contains(rule));
}

TEST_CASE("reply settings that differ have tables of their own, within our range")
{
    Reply one;
    one.gateway = parse_address("198.51.100.1");
    auto other = one;
    other.device = "eth1";
    CHECK(reply_table(one, 0) != reply_table(other, 0));
    CHECK(reply_table(one, 0) != reply_table(one, 1400));
    CHECK(reply_table(one, 0) == reply_table(Reply{one}, 0));
    CHECK(reply_table(one, 0) >= 820'000);
    CHECK(reply_table(one, 0) < 830'000);
}

TEST_CASE("probes are blocked from every own address to every director, for TCP services")
{
    MemoryKernel kernel;
    auto& host = with_network(kernel).host;
    host.addresses.push_back({"eth0", *parse_prefix("2001:db8:1::9/64"), false});
    host.addresses.push_back({"eth0", *parse_prefix("192.0.2.8/32"), false}); // somebody's VIP
    auto role = web_role({"192.0.2.8"});
    role.services = {{80, Protocol::tcp}, {443, Protocol::udp}};
    role.directors = {*parse_address("198.51.100.6"), *parse_address("2001:db8:1::6")};
    CHECK(probe_blocks(role, host) ==
          State{ProbeBlock{*parse_address("198.51.100.9"), *parse_address("198.51.100.6"), 80},
                ProbeBlock{*parse_address("2001:db8:1::9"), *parse_address("2001:db8:1::6"), 80}});
}

TEST_CASE("the main table is looked at only for those who copy it")
{
    auto role = web_role();
    CHECK_FALSE(outlook({{}, {role}}).main_table);
    role.reply.mss = std::uint16_t{1400};
    CHECK(outlook({{}, {role}}).main_table);
    role.reply.device = "eth0";
    CHECK_FALSE(outlook({{}, {role}}).main_table);
}
