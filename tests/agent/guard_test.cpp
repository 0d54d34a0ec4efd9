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
