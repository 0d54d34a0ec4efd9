#include "kernel/lab.hpp"
#include "kernel/monitor.hpp"
#include "kernel/sysctl.hpp"

#include <fstream>

using namespace rs;
using namespace rs::test;

namespace {

struct MonitoredLab : Lab {
    Monitor monitor{kernel};

    MonitoredLab()
    {
        static_cast<void>(kernel.observe());
        settle();
    }

    void settle()
    {
        static_cast<void>(monitor.drain_netlink());
        static_cast<void>(monitor.drain_inotify());
    }

    // Whether `command` is noticed, at once or when the kernel has done all of it: an IPv6 address
    // is told of later, and its routes, which are no hint, before it.
    bool notices(const std::string& command)
    {
        settle();
        REQUIRE(run(command) == 0);
        auto hint = false;
        while (!hint && readable(monitor.netlink_fd(), 5000)) {
            hint = monitor.drain_netlink();
        }
        return hint;
    }

    // Whether `command` is told of and does not matter.
    bool ignores(const std::string& command)
    {
        settle();
        REQUIRE(run(command) == 0);
        return readable(monitor.netlink_fd()) && !monitor.drain_netlink();
    }
};

} // namespace

TEST_CASE("every kind of change in the kernel is a hint")
{
    MonitoredLab lab;
    CHECK_FALSE(lab.monitor.drain_netlink());
    for (const auto* command : {"ip link set veth0 down",
                                "ip link set veth0 up",
                                "ip link add v2 type veth peer name v3",
                                "ip link set v2 name v4",
                                "ip link del v4",
                                "ip addr add 192.0.2.1/32 dev lo",
                                "ip addr del 192.0.2.1/32 dev lo",
                                "ip -6 addr add 2001:db8::1/128 dev lo nodad",
                                "ip -6 addr del 2001:db8::1/128 dev lo",
                                "ip rule add from 192.0.2.1 lookup 7",
                                "ip rule del from 192.0.2.1 lookup 7",
                                "ip -6 rule add from 2001:db8::1 lookup 7",
                                "ip -6 rule del from 2001:db8::1 lookup 7",
                                "ip route add blackhole 192.0.2.1 proto 82",
                                "ip route del blackhole 192.0.2.1",
                                "ip -6 route add blackhole 2001:db8::1 proto 82",
                                "ip -6 route del blackhole 2001:db8::1",
                                "ip route add local 192.0.2.0/24 dev lo",
                                "ip route del local 192.0.2.0/24 dev lo",
                                "echo 1 > /proc/sys/net/ipv4/conf/veth0/rp_filter",
                                "echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter"}) {
        CAPTURE(command);
        CHECK(lab.notices(command));
    }
}

TEST_CASE("the routes of others are no hint")
{
    MonitoredLab lab;
    CHECK(lab.ignores("ip route add 192.0.2.0/24 via 10.0.0.1 proto bgp"));
    CHECK(lab.ignores("ip route del 192.0.2.0/24 via 10.0.0.1 proto bgp"));
    CHECK(lab.ignores("ip -6 route add 2001:db8:9::/64 via 2001:db8:1::1 proto bgp"));
    CHECK(lab.ignores("ip -6 route del 2001:db8:9::/64 via 2001:db8:1::1 proto bgp"));
}

TEST_CASE("routes of the main table are a hint while tunnels need them, a feed is not")
{
    MonitoredLab lab;
    lab.kernel.look_out({{address("10.0.0.1")}, true});
    for (const auto* command :
         {"ip route add 192.0.2.0/24 via 10.0.0.1", "ip route del 192.0.2.0/24 via 10.0.0.1",
          "ip route add default via 10.0.0.1 proto bgp",
          "ip route del default via 10.0.0.1 proto bgp",
          "ip -6 route add default via 2001:db8:1::1 proto bgp",
          "ip -6 route del default via 2001:db8:1::1 proto bgp",
          "ip -6 route add 2001:db8:9::/64 via 2001:db8:1::1 proto ra",
          "ip -6 route del 2001:db8:9::/64 via 2001:db8:1::1 proto ra"}) {
        CAPTURE(command);
        CHECK(lab.notices(command));
    }
    CHECK(lab.ignores("ip route add 192.0.2.0/24 via 10.0.0.1 proto bgp"));
    CHECK(lab.ignores("ip -6 route add 2001:db8:9::/64 via 2001:db8:1::1 proto bgp"));
    CHECK(lab.ignores("ip route add 192.0.3.0/24 via 10.0.0.1 table 7"));
}

TEST_CASE("notifications that were lost are a hint, and the next ones are heard again")
{
    Lab lab;
    Monitor monitor{lab.kernel, 2048};
    State many;
    for (auto i = 0; i != 200; ++i) {
        many.insert(VipAddress{address("198.18.0." + std::to_string(i + 1)), "lo", {}});
    }
    CHECK(lab.kernel.apply(make_plan({}, many)).empty());
    CHECK(monitor.drain_netlink());
    CHECK_FALSE(monitor.drain_netlink());
    CHECK(apply(lab.kernel, add(VipAddress{address("192.0.2.8"), "lo", {}})).empty());
    CHECK(monitor.drain_netlink());
}

TEST_CASE("a flood of foreign routes that overflows is one hint")
{
    Lab lab;
    Monitor monitor{lab.kernel, 2048};
    CHECK(run("for i in $(seq 1 100); do echo route add 198.18.$i.0/24 via 10.0.0.1; done | "
              "ip -batch -") == 0);
    CHECK(monitor.drain_netlink());
    CHECK_FALSE(readable(monitor.netlink_fd()));
}

TEST_CASE("a written sysctl is heard through inotify, on new and renamed devices too")
{
    MonitoredLab lab;
    const auto heard = [&](const std::string& device, const std::string& key) {
        lab.settle();
        REQUIRE(write_sysctl(device, key, 1) == 0);
        return readable(lab.monitor.inotify_fd()) && lab.monitor.drain_inotify();
    };
    CHECK_FALSE(readable(lab.monitor.inotify_fd()));
    CHECK(heard("all", "arp_ignore"));
    CHECK(heard("veth0", "arp_announce"));
    CHECK(heard("lo", "arp_ignore"));
    CHECK_FALSE(heard("veth0", "rp_filter"));

    run("ip link add v2 type veth peer name v3");
    static_cast<void>(lab.kernel.observe());
    CHECK(heard("v2", "arp_ignore"));
    run("ip link set v2 name v4");
    static_cast<void>(lab.kernel.observe());
    CHECK(heard("v4", "arp_ignore"));
    run("ip link del v4");
    static_cast<void>(lab.kernel.observe());
    lab.settle();
    CHECK_FALSE(lab.monitor.drain_inotify());
}

TEST_CASE("watching devices come and go leaves no descriptor behind")
{
    MonitoredLab lab;
    const auto descriptors = [] {
        return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, {});
    };
    const auto before = descriptors();
    for (auto i = 0; i != 5; ++i) {
        run("ip link add v2 type veth peer name v3");
        static_cast<void>(lab.kernel.observe());
        CHECK(descriptors() == before + 4);
        run("ip link del v2");
        static_cast<void>(lab.kernel.observe());
    }
    CHECK(descriptors() == before);
}

// Drops the caches of the whole machine, which slows others down for a while: only when asked for.
TEST_CASE("inotify hears a write after the kernel dropped its caches")
{
    if (std::getenv("REALSERVERD_TEST_DROP_CACHES") == nullptr) { // NOLINT(concurrency-mt-unsafe)
        return;
    }
    MonitoredLab lab;
    REQUIRE(std::ofstream{"/proc/sys/vm/drop_caches"} << "2\n" << std::flush);
    REQUIRE(write_sysctl("veth0", "arp_ignore", 1) == 0);
    CHECK(lab.monitor.drain_inotify());
}
