#include "kernel/lab.hpp"

#include <sys/wait.h>

#include <algorithm>

using namespace rs;
using namespace rs::test;

TEST_CASE("a renamed device takes its objects along, one made anew has none", "[fault-14]")
{
    Lab lab;
    const State desired{Sysctl{"veth0", "arp_ignore", 1},
                        VipAddress{address("192.0.2.8"), "veth0", {"veth0:rs-web"}},
                        VipRoute{prefix("198.51.100.0/24"), "veth0"}};
    CHECK(lab.kernel.apply(make_plan({}, desired)).empty());
    CHECK(lab.kernel.observe().owned == desired);
    CHECK(run("ip link set veth0 down && ip link set veth0 name uplink && "
              "ip link set uplink up") == 0);
    const auto renamed = lab.kernel.observe();
    CHECK(renamed.owned.contains(Sysctl{"uplink", "arp_ignore", 1}));
    CHECK(renamed.owned.contains(VipAddress{address("192.0.2.8"), "uplink", {}}));
    CHECK(renamed.sysctls.at({"uplink", "arp_ignore"}) == 1);
    CHECK_FALSE(renamed.sysctls.contains({"veth0", "arp_ignore"}));

    CHECK(run("ip link del uplink && ip link add uplink type veth peer name veth1 && "
              "ip link set uplink up && echo 1 > /proc/sys/net/ipv4/conf/uplink/arp_ignore") == 0);
    CHECK(lab.kernel.observe().owned.empty());
    CHECK(apply(lab.kernel, remove(Sysctl{"uplink", "arp_ignore", 1})).empty());
    CHECK(lab.kernel.observe().sysctls.at({"uplink", "arp_ignore"}) == 1);
}

TEST_CASE("without a ledger one can look, but not change a sysctl")
{
    Lab lab;
    LinuxKernel reader;
    const auto host = reader.observe();
    CHECK(find_link(host, "lo")->loopback);
    CHECK_FALSE(find_link(host, "lo")->arp);
    CHECK(find_link(host, "veth0")->arp);
    CHECK(find_link(host, "veth0")->up);
    CHECK(host.sysctls.at({"all", "arp_ignore"}) == 0);
    CHECK(host.sysctls.size() == 8);
    const auto step = add(Sysctl{"all", "arp_ignore", 1});
    CHECK_THROWS_AS(reader.apply({&step, 1}), std::system_error);
    CHECK(reader.observe().sysctls.at({"all", "arp_ignore"}) == 0);
}

TEST_CASE("anybody can look")
{
    Lab lab;
    CHECK(lab.kernel.apply(make_plan({}, every_kind())).empty());
    const auto seen = lab.kernel.observe();
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        auto status = ::setgid(65534) == 0 && ::setuid(65534) == 0 ? 0 : 2;
        try {
            LinuxKernel reader;
            auto host = reader.observe();
            std::erase_if(host.owned, [](const Object& object) { return !binds_vip(object); });
            auto expected = seen.owned;
            std::erase_if(expected, [](const Object& object) { return !binds_vip(object); });
            status = host.owned == expected && host.sysctls == seen.sysctls ? status : 3;
            const auto refused = apply(reader, add(Guard{prefix("192.0.2.1")}));
            status = refused.find("Operation not permitted") != std::string::npos ? status : 4;
        } catch (const std::exception&) {
            status = 5;
        }
        ::_exit(status);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a VIP that goes leaves its guard standing")
{
    Lab lab;
    for (const auto* text : {"192.0.2.8", "2001:db8::8"}) {
        const Guard guard{prefix(text)};
        const VipAddress vip{address(text), "lo", {}};
        const Plan plan{add(guard), add(vip)};
        CHECK(lab.kernel.apply(plan).empty());
        CHECK(apply(lab.kernel, remove(vip)).empty());
        CHECK(lab.kernel.observe().owned == State{guard});
        CHECK(apply(lab.kernel, remove(guard)).empty());
    }
}

TEST_CASE("what lo loses when it goes down and up is put back by the plan")
{
    Lab lab;
    const auto desired = every_kind();
    CHECK(lab.kernel.apply(make_plan({}, desired)).empty());
    run("ip link set lo down && ip link set lo up");
    const auto plan = make_plan(lab.kernel.observe().owned, desired);
    CHECK_FALSE(plan.empty());
    const auto refused = lab.kernel.apply(plan);
    INFO(reasons(refused));
    CHECK(refused.empty());
    CHECK(lab.kernel.observe().owned == desired);
}

TEST_CASE("a thousand VIPs come in a few sends and are seen in one look")
{
    Lab lab;
    State desired;
    for (auto i = 0; i != 1000; ++i) {
        const auto text = std::to_string(i / 250) + '.' + std::to_string(i % 250 + 1);
        desired.insert(VipAddress{address("198.18." + text), "lo", {"lo:rs-web"}});
        desired.insert(VipRoute{prefix("198.19." + text), "lo"});
        desired.insert(Guard{prefix("198.18." + text)});
    }
    const auto plan = make_plan({}, desired);
    const auto refused = lab.kernel.apply(plan);
    INFO(reasons(refused));
    CHECK(refused.empty());
    CHECK(lab.kernel.observe().owned == desired);
    CHECK(lab.kernel.apply(make_plan(desired, {})).empty());
    CHECK(lab.kernel.observe().owned.empty());
}
