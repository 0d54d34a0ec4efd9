#include "reconcile/arp.hpp"
#include "support/catch.hpp"
#include "support/memory_kernel.hpp"

using namespace rs;
using namespace rs::test;

TEST_CASE("only three values of arp_ignore and one of arp_announce are silent")
{
    for (int value = -1; value != 12; ++value) {
        CAPTURE(value);
        CHECK(ignores_arp(value) == (value == 1 || value == 2 || value == 8));
        CHECK(announces_own_only(value) == (value == 2));
    }
}

TEST_CASE("suppression is two layers: conf/all and every ARP device")
{
    MemoryKernel kernel;
    with_network(kernel);
    CHECK(arp_suppression(web_role(), kernel.host) ==
          State{Sysctl{"all", "arp_ignore", 1}, Sysctl{"all", "arp_announce", 2},
                Sysctl{"eth0", "arp_ignore", 1}, Sysctl{"eth0", "arp_announce", 2}});
}

TEST_CASE("a value that is silent already is kept, any other is corrected")
{
    MemoryKernel kernel;
    with_network(kernel);
    kernel.host.sysctls[{"all", "arp_ignore"}] = 2;
    kernel.host.sysctls[{"eth0", "arp_ignore"}] = 4;
    kernel.host.sysctls[{"eth0", "arp_announce"}] = 1;
    const auto wanted = arp_suppression(web_role(), kernel.host);
    CHECK(wanted.contains(Sysctl{"all", "arp_ignore", 2}));
    CHECK(wanted.contains(Sysctl{"eth0", "arp_ignore", 1}));
    CHECK(wanted.contains(Sysctl{"eth0", "arp_announce", 2}));
}

TEST_CASE("the effective value decides: the larger of all and the device, silent or not",
          "[fault-7]")
{
    MemoryKernel kernel;
    with_network(kernel);
    auto& sysctls = kernel.host.sysctls;
    sysctls[{"all", "arp_announce"}] = 2;
    const auto hazards = [&](int all, int eth0) {
        sysctls[{"all", "arp_ignore"}] = all;
        sysctls[{"eth0", "arp_ignore"}] = eth0;
        return arp_hazards(web_role(), kernel.host);
    };
    CHECK(hazards(1, 0).empty());
    CHECK(hazards(0, 8).empty());
    REQUIRE(hazards(1, 4).size() == 1);
    CHECK(hazards(1, 4).front() ==
          "arp_ignore of eth0 is in effect 4 (all: 1, eth0: 4); safe is 1, 2 or 8");
    CHECK(hazards(3, 1).size() == 1);
    CHECK(hazards(0, 0).size() == 1);
}

TEST_CASE("only named devices are set, and none existing is a hazard")
{
    MemoryKernel kernel;
    with_network(kernel);
    kernel.add_link("eth1", true);
    auto role = web_role();
    role.arp_devices = {"eth1", "eth7"};
    CHECK(arp_suppression(role, kernel.host) ==
          State{Sysctl{"eth1", "arp_ignore", 1}, Sysctl{"eth1", "arp_announce", 2}});
    role.arp_devices = {"eth7"};
    CHECK(arp_hazards(role, kernel.host).front().find("none of the arp.devices exists") == 0);
}

TEST_CASE("a device that is not named is a hazard, unless it is silent by itself or guarded")
{
    MemoryKernel kernel;
    with_network(kernel);
    kernel.add_link("eth1", true);
    auto role = web_role();
    role.arp_devices = {"eth1"};
    auto& sysctls = kernel.host.sysctls;
    sysctls[{"eth1", "arp_ignore"}] = 1;
    sysctls[{"eth1", "arp_announce"}] = 2;
    sysctls[{"eth0", "arp_announce"}] = 2;
    CHECK(
        arp_hazards(role, kernel.host) ==
        std::vector<std::string>{"arp_ignore of eth0 is in effect 0 (all: 0, eth0: 0); safe is 1, "
                                 "2 or 8, and neither arp.devices nor an ARP guard covers it"});
    kernel.host.owned.insert(ArpGuard{role.vips.front()});
    CHECK(arp_hazards(role, kernel.host).empty());
    kernel.host.owned.clear();
    sysctls[{"eth0", "arp_ignore"}] = 2;
    CHECK(arp_hazards(role, kernel.host).empty());
}

TEST_CASE("a role of IPv6 VIPs alone leaves ARP as it is")
{
    MemoryKernel kernel;
    with_network(kernel);
    const auto role = web_role({"2001:db8::8"});
    CHECK(arp_suppression(role, kernel.host).empty());
    CHECK(arp_hazards(role, kernel.host).empty());
}
