#include "kernel/lab.hpp"
#include "kernel/main_route.hpp"

#include <algorithm>

using namespace rs;
using namespace rs::test;

namespace {

constexpr std::optional<Address> directly = std::nullopt;

bool has(const Host& host, const MainRoute& route)
{
    return std::ranges::find(host.main_routes, route) != host.main_routes.end();
}

} // namespace

TEST_CASE("the main table is told only when there are peers to look towards")
{
    Lab lab;
    CHECK(run("ip route add default via 10.0.0.1") == 0);
    CHECK(lab.kernel.observe().main_routes.empty());
    lab.kernel.look_out({{address("10.0.0.1")}, true});
    CHECK_FALSE(lab.kernel.observe().main_routes.empty());
    lab.kernel.look_out({});
    CHECK(lab.kernel.observe().main_routes.empty());
    CHECK(lab.kernel.observe().paths.empty());
}

TEST_CASE("main routes are the unicast ones of others")
{
    Lab lab;
    CHECK(run(main_routes) == 0);
    lab.kernel.look_out({{address("10.0.0.1")}, true});
    const auto host = lab.kernel.observe();
    CHECK(has(host, {prefix("0.0.0.0/0"), address("10.0.0.1"), "veth0", 0}));
    CHECK(has(host, {prefix("0.0.0.0/0"), address("10.0.0.2"), "veth0", 100}));
    CHECK(has(host, {prefix("10.0.0.0/24"), directly, "veth0", 0}));
    CHECK(has(host, {prefix("198.51.100.0/24"),
                     address("10.0.0.3"),
                     "veth0",
                     0,
                     false,
                     1,
                     {{address("10.0.0.4"), "veth0"}}}));
    CHECK(has(host, {prefix("203.0.113.0/24"), address("172.16.0.1"), "veth0", 0, true}));
    CHECK(has(host, {prefix("192.0.2.128/25"), address("2001:db8:1::7"), "veth0", 0}));
    CHECK(has(host, {prefix("::/0"), address("2001:db8:1::1"), "veth0", 0}));
    CHECK(has(host, {prefix("2001:db8:7::/48"), address("fe80::1"), "veth0", 7}));
    for (const auto& route : host.main_routes) {
        UNSCOPED_INFO(to_string(route.destination) + " dev " + route.device);
    }
    CHECK(host.main_routes.size() == 9); // and the connected IPv6 network
    CHECK(std::ranges::is_sorted(host.main_routes));
}

TEST_CASE("the ways of a main route are those that live")
{
    Lab lab;
    CHECK(run("ip link add uplink0 type veth peer name uplink1 && ip link set uplink1 up && "
              "ip link set uplink0 up && "
              "ip addr add 10.1.0.9/24 dev uplink0 && ip route add default "
              "nexthop via 10.1.0.1 weight 3 nexthop via 10.0.0.1 weight 2 "
              "nexthop via 172.16.0.1 dev veth0 onlink") == 0);
    lab.kernel.look_out({{}, true});
    const Prefix everywhere = prefix("0.0.0.0/0");
    const NextWay slow{address("172.16.0.1"), "veth0", true};
    CHECK(has(lab.kernel.observe(), {everywhere,
                                     address("10.0.0.1"),
                                     "veth0",
                                     0,
                                     false,
                                     2,
                                     {{address("10.1.0.1"), "uplink0", false, 3}, slow}}));
    CHECK(run("ip link set uplink0 down") == 0);
    CHECK(
        has(lab.kernel.observe(), {everywhere, address("10.0.0.1"), "veth0", 0, false, 2, {slow}}));
}

TEST_CASE("a clone of every main route is added, seen as asked for, and removed")
{
    Lab lab;
    CHECK(
        run("ip route add default via 10.0.0.1 && ip route add default via 10.0.0.2 metric 100 && "
            "ip route add 203.0.113.0/24 via 172.16.0.1 dev veth0 onlink && "
            "ip route add 198.51.100.0/24 nexthop via 10.0.0.4 weight 7 nexthop via 10.0.0.3 && "
            "ip -6 route add 2001:db8:6::/48 nexthop via 2001:db8:1::4 weight 7 "
            "nexthop via 2001:db8:1::3 && "
            "ip route add 192.0.2.128/25 via inet6 2001:db8:1::7 dev veth0 && "
            "ip -6 route add default via 2001:db8:1::1 && "
            "ip -6 route add 2001:db8:8::/48 via 2001:db8:9::1 dev veth0 onlink && "
            "ip -6 route add 2001:db8:7::/48 via fe80::1 dev veth0 metric 7") == 0);
    lab.kernel.look_out({{address("10.0.0.1")}, true});
    State clones;
    for (const auto& route : lab.kernel.observe().main_routes) {
        clones.insert(ReplyRoute{820001, route.destination, route.gateway, route.device, 1400,
                                 route.metric, route.onlink, route.weight, route.others});
    }
    CHECK(clones.size() == 11);
    CHECK(reasons(lab.kernel.apply(make_plan({}, clones))) == "");
    CHECK(lab.kernel.observe().owned == clones);
    CHECK(reasons(lab.kernel.apply(make_plan({}, clones))) == "");
    CHECK(reasons(lab.kernel.apply(make_plan(clones, {}))) == "");
    CHECK(lab.kernel.observe().owned.empty());
}

TEST_CASE("a reply route that leads elsewhere takes the place of the old one in one piece")
{
    Lab lab;
    for (const auto& [where, first, second] :
         {std::tuple{"0.0.0.0/0", "10.0.0.1", "10.0.0.2"},
          std::tuple{"::/0", "2001:db8:1::1", "2001:db8:1::2"}}) {
        const ReplyRoute old{820001, prefix(where), address(first), "veth0", 1400};
        const ReplyRoute young{820001, prefix(where), address(second), "veth0", 1400};
        const ReplyRoute onlink{820001, prefix(where), address(second), "veth0", 1400, 0, true};
        const ReplyRoute other_mss{820001, prefix(where), address(second), "veth0", 1300, 0, true};
        CHECK(apply(lab.kernel, add(old)) == "");
        const std::vector<NextWay> others{{address(second), "veth0"}};
        const ReplyRoute both{820001, prefix(where), address(first), "veth0", 1300, 0, false,
                              2,      others};
        const ReplyRoute other_shares{
            820001, prefix(where), address(first), "veth0", 1300, 0, false, 5, others};
        const ReplyRoute* last = &old;
        for (const auto* next : {&young, &onlink, &other_mss, &both, &other_shares, &young}) {
            const auto plan = make_plan(lab.kernel.observe().owned, {*next});
            CHECK(plan == Plan{add(*next), remove(*last)});
            CHECK(reasons(lab.kernel.apply(plan)) == "");
            CHECK(lab.kernel.observe().owned == State{*next});
            last = next;
        }
        CHECK(apply(lab.kernel, remove(*last)) == "");
    }
}

TEST_CASE("the metric of a reply route keeps it beside another to the same place")
{
    Lab lab;
    State routes;
    for (const auto* gateway : {"10.0.0.1", "2001:db8:1::1"}) {
        const auto to = address(gateway);
        const Prefix everywhere{{to.family, {}}, 0};
        for (const auto metric : {0U, 100U, 2000U}) {
            routes.insert(ReplyRoute{820001, everywhere, to, "veth0", 1400, metric});
        }
    }
    CHECK(reasons(lab.kernel.apply(make_plan({}, routes))) == "");
    CHECK(lab.kernel.observe().owned == routes);
    for (const auto& route : routes) {
        CHECK(apply(lab.kernel, remove(route)) == "");
        auto rest = routes;
        rest.erase(route);
        CHECK(lab.kernel.observe().owned == rest);
        CHECK(apply(lab.kernel, add(route)) == "");
    }
}

TEST_CASE("a path says source, device and MTU; who cannot be reached has none")
{
    Lab lab;
    CHECK(run("ip route add default via 10.0.0.1 && ip route add 198.51.100.0/24 via 10.0.0.1 mtu "
              "1400 && "
              "ip route add 203.0.113.0/24 via 10.0.0.1 mtu 9000 && "
              "ip addr add 10.0.0.10/24 dev veth0 && "
              "ip route add 203.0.114.0/24 via 10.0.0.1 src 10.0.0.10 && "
              "ip route add unreachable 192.0.2.1 && ip route add blackhole 192.0.2.2 && "
              "ip -6 route add 2001:db8:7::/48 via 2001:db8:1::1 mtu 1300") == 0);
    std::vector<Address> peers;
    for (const auto* text :
         {"10.0.0.1", "172.16.0.1", "198.51.100.1", "203.0.113.1", "203.0.114.1", "192.0.2.1",
          "192.0.2.2", "10.0.0.9", "2001:db8:1::1", "2001:db8:7::1", "2001:db8:8::1"}) {
        peers.push_back(address(text));
    }
    lab.kernel.look_out({peers, true});
    const Path plain{address("10.0.0.9"), "veth0", 1500};
    const std::map<Address, Path> expected{
        {address("10.0.0.1"), plain},
        {address("172.16.0.1"), plain},
        {address("198.51.100.1"), {address("10.0.0.9"), "veth0", 1400}},
        {address("203.0.113.1"), plain},
        {address("203.0.114.1"), {address("10.0.0.10"), "veth0", 1500}},
        {address("2001:db8:1::1"), {address("2001:db8:1::9"), "veth0", 1500}},
        {address("2001:db8:7::1"), {address("2001:db8:1::9"), "veth0", 1300}}};
    const auto host = lab.kernel.observe();
    for (const auto& [peer, path] : host.paths) {
        UNSCOPED_INFO(to_string(peer) + " from " + to_string(path.local) + " mtu " +
                      std::to_string(path.mtu));
    }
    CHECK(host.paths == expected);
    CHECK(run("ip link set veth0 mtu 1280") == 0);
    CHECK(lab.kernel.observe().paths.at(address("10.0.0.1")).mtu == 1280);
    CHECK(run("ip link set veth0 down") == 0);
    CHECK(lab.kernel.observe().paths.empty());
}

TEST_CASE("a VIP is never the source of the path to a director")
{
    Lab lab;
    lab.kernel.look_out({{address("10.0.0.1"), address("2001:db8:1::1")}, true});
    const auto before = lab.kernel.observe().paths;
    CHECK(before.size() == 2);
    const State vips{VipAddress{address("10.0.0.3"), "lo", {"lo:rs-web"}},
                     VipAddress{address("2001:db8:1::3"), "lo", {}},
                     VipAddress{address("10.0.0.4"), "veth0", {"veth0:rs-web"}},
                     VipAddress{address("2001:db8:1::4"), "veth0", {}}};
    CHECK(reasons(lab.kernel.apply(make_plan({}, vips))) == "");
    CHECK(lab.kernel.observe().paths == before);
}

TEST_CASE("a full feed costs little, and the default and connected routes are kept")
{
    Lab lab;
    CHECK(run("ip route add default via 10.0.0.1 proto bird; "
              "ip route add 223.0.0.0/24 via 10.0.0.1 proto static; "
              "for i in $(seq 0 99); do for j in $(seq 0 99); do "
              "echo route add 11.$i.$j.0/24 via 10.0.0.1 proto bird; done; done | ip -batch -") ==
          0);
    lab.kernel.look_out({{address("10.0.0.1")}, true});
    const auto host = lab.kernel.observe();
    const auto ipv4 = std::ranges::count_if(host.main_routes, [](const MainRoute& route) {
        return route.destination.address.family == Family::ipv4;
    });
    CHECK(ipv4 == static_cast<std::ptrdiff_t>(most_main_routes));
    CHECK(has(host, {prefix("0.0.0.0/0"), address("10.0.0.1"), "veth0", 0}));
    CHECK(has(host, {prefix("10.0.0.0/24"), directly, "veth0", 0}));
    CHECK(has(host, {prefix("2001:db8:1::/64"), directly, "veth0", 256}));
    // Nothing of the dump that was given up is left in the socket.
    CHECK(lab.kernel.observe() == host);
    CHECK(apply(lab.kernel, add(Guard{prefix("192.0.2.8")})) == "");
}
