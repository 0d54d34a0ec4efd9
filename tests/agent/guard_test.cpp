#include "support/agent_fixture.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::test;
using namespace std::chrono_literals;

TEST_CASE_METHOD(AgentFixture, "a host that can have no ARP guard is told of once, and serves")
{
    kernel.refuse = [&](const Step& step) {
        if (std::holds_alternative<ArpGuard>(step.object)) {
            kernel.host.arp_guard_problem = "no nf_tables";
            return true;
        }
        return false;
    };
    start({web_role()});
    CHECK(role().state == RoleState::serving);
    CHECK(role().problems.empty());
    CHECK(told("guard") == 1);
    CHECK(told("failure") == 0);
    kernel.host.arp_guard_problem.clear(); // the kernel's way to have it tried again
    agent.reconcile(now);
    CHECK(kernel.host.arp_guard_problem == "no nf_tables");
    CHECK(told("guard") == 1);
    CHECK(role().in_sync);
}

TEST_CASE_METHOD(AgentFixture, "a guard that cannot be had stands in the status while it is wanted",
                 "[fault-89]")
{
    const std::vector<std::string> missing{"no ARP guard beside the sysctls: no nf_tables"};
    kernel.host.arp_guard_problem = "no nf_tables";
    start({web_role()});
    CHECK(agent.status(now).missing == missing);

    auto bare = web_role();
    bare.arp_guard = GuardUse::off;
    CHECK(agent.reload(config({bare}), now).empty());
    CHECK(agent.status(now).missing.empty());
    CHECK(agent.reload(config({web_role()}), now).empty());
    CHECK(agent.status(now).missing == missing);

    kernel.host.arp_guard_problem.clear();
    static_cast<void>(agent.take_changed());
    agent.reconcile(now);
    CHECK(agent.status(now).missing.empty());
    CHECK(agent.take_changed());
}

TEST_CASE_METHOD(AgentFixture, "a role that insists on the guard is not bound without it")
{
    kernel.host.arp_guard_problem = "no nf_tables";
    auto strict = web_role();
    strict.arp_guard = GuardUse::on;
    start({strict});
    CHECK(role().state == RoleState::degraded);
    CHECK(role().problems ==
          std::vector<std::string>{"arp.guard is on and cannot be had: no nf_tables"});
    CHECK_FALSE(kernel.host.owned.contains(Object{vip}));
}

TEST_CASE_METHOD(AgentFixture, "a lost guard is put back, also while others undo the other repairs")
{
    start({web_role()});
    kernel.host.owned.erase(Object{ArpGuard{*parse_prefix("192.0.2.8")}});
    kernel.host.owned.erase(Object{vip});
    kernel.refuse = binds_address;
    agent.reconcile(now);
    CHECK(kernel.host.owned.contains(Object{ArpGuard{*parse_prefix("192.0.2.8")}}));
    CHECK(role().drift.front().what == "ARP guard for 192.0.2.8 was gone; put back");
}

namespace {

Role named_role(std::vector<std::string> devices)
{
    auto role = web_role({"192.0.2.8"});
    role.arp_devices = std::move(devices);
    role.arp_guard = GuardUse::off;
    return role;
}

Role guarded_role(std::vector<std::string> devices)
{
    auto role = named_role(std::move(devices));
    role.arp_guard = GuardUse::automatic;
    return role;
}

// Two devices on which ARP could speak, and never does while the VIP is bound.
class TwoDevices : public AgentFixture {
public:
    TwoDevices()
    {
        kernel.add_link("eth1", true);
        kernel.after_step = [this](const Step& step) {
            INFO(to_string(step));
            CHECK((!kernel.host.owned.contains(Object{vip}) ||
                   arp_hazards(named_role({}), kernel.host).empty() ||
                   kernel.host.owned.contains(Object{ArpGuard{host_prefix(vip.vip)}})));
        };
    }

    // Takes a configuration over as a restart does.
    void restart(std::vector<Role> roles)
    {
        Agent next{kernel, connections, store, polls, health, "test"};
        next.start(config(std::move(roles)), now);
    }
};

} // namespace

TEST_CASE_METHOD(TwoDevices, "a reload that would open ARP on another device is refused")
{
    std::vector<Role> before;
    SECTION("by naming fewer devices")
    {
        before = {named_role({})};
    }
    SECTION("by removing the role that kept the device silent")
    {
        auto other = web_role({"192.0.2.25"});
        other.name = "mail";
        before = {other, named_role({"eth0"})};
    }
    SECTION("by taking the guard away")
    {
        before = {guarded_role({"eth0"})};
    }
    start(before);
    REQUIRE(agent.status(now).state == RoleState::serving);
    const auto host = kernel.host;
    const auto reasons = agent.reload(config({named_role({"eth0"})}), now);
    REQUIRE(reasons.size() == 2);
    CHECK(reasons.front() ==
          "role web: arp_ignore of eth1 is in effect 0 (all: 0, eth1: 0); safe is 1, 2 or 8, "
          "and neither arp.devices nor an ARP guard covers it");
    CHECK(kernel.host == host);
    CHECK(agent.config() == config(before));
}

TEST_CASE_METHOD(TwoDevices, "a start that would open ARP on another device unbinds the VIP first")
{
    SECTION("with fewer devices")
    {
        start({named_role({})});
    }
    SECTION("without the guard")
    {
        start({guarded_role({"eth0"})});
    }
    restart({named_role({"eth0"})});
    CHECK_FALSE(kernel.host.owned.contains(Object{vip}));
    CHECK(kernel.host.sysctls.at({"eth1", "arp_ignore"}) == 0);
}

TEST_CASE_METHOD(TwoDevices, "fewer devices do where the others are silent by themselves")
{
    std::string device;
    SECTION("all of them")
    {
        device = "all";
    }
    SECTION("one by one")
    {
        device = "eth1";
    }
    kernel.host.sysctls[{device, "arp_ignore"}] = 1;
    kernel.host.sysctls[{device, "arp_announce"}] = 2;
    start({named_role({})});
    CHECK(agent.reload(config({named_role({"eth0"})}), now).empty());
    CHECK(role().in_sync);
    CHECK(kernel.host.owned.contains(Object{vip}));
}
