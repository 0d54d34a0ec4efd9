#include "support/agent_fixture.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::test;
using namespace std::chrono_literals;

TEST_CASE_METHOD(AgentFixture, "a started role serves, and a second look does nothing")
{
    start({web_role()});
    CHECK(role().state == RoleState::serving);
    CHECK(role().in_sync);
    CHECK(role().problems.empty());
    CHECK(role().vips == std::vector<VipStatus>{{*parse_prefix("192.0.2.8"), "lo", true},
                                                {*parse_prefix("2001:db8::8"), "lo", true}});
    const auto batches = kernel.batches;
    agent.reconcile(now);
    CHECK(kernel.batches == batches);
}

TEST_CASE_METHOD(AgentFixture, "no roles is a healthy node")
{
    start({});
    CHECK(agent.status(now).state == RoleState::serving);
    CHECK(kernel.batches == 0);
}

TEST_CASE_METHOD(AgentFixture, "what vanishes is put back, counted and told")
{
    start({web_role()});
    kernel.host.owned.erase(Object{vip});
    agent.reconcile(now);
    CHECK(kernel.host.owned.contains(Object{vip}));
    CHECK(agent.status(now).drifts == 1);
    REQUIRE(role().drift.size() == 1);
    CHECK(role().drift.front().what == "VIP 192.0.2.8 on lo was gone; put back");
    CHECK(told("drift") == 1);
}

TEST_CASE_METHOD(AgentFixture, "a flipped sysctl is drift, the values of a new device are not")
{
    start({web_role()});
    kernel.host.sysctls[{"eth0", "arp_ignore"}] = 0;
    agent.reconcile(now);
    CHECK(kernel.host.sysctls[{"eth0", "arp_ignore"}] == 1);
    CHECK(agent.status(now).drifts == 1);
    kernel.add_link("eth1", true);
    agent.reconcile(now);
    CHECK(kernel.host.sysctls[{"eth1", "arp_announce"}] == 2);
    CHECK(agent.status(now).drifts == 1);
}

TEST_CASE_METHOD(AgentFixture, "a refused role is rolled back, the others serve")
{
    auto mail = web_role({"192.0.2.25"});
    mail.name = "mail";
    kernel.refuse = [](const Step& step) { return to_string(step) == "add VIP 192.0.2.25 on lo"; };
    start({mail, web_role()});
    CHECK(agent.status(now).roles[0].state == RoleState::degraded);
    CHECK(agent.status(now).roles[0].problems ==
          std::vector<std::string>{"add VIP 192.0.2.25 on lo: busy, says the test"});
    CHECK(agent.status(now).roles[1].state == RoleState::serving);
    CHECK(agent.status(now).state == RoleState::degraded);
    CHECK_FALSE(kernel.host.owned.contains(Object{Guard{*parse_prefix("192.0.2.25")}}));
    CHECK(told("failure") == 1);
}

TEST_CASE_METHOD(AgentFixture, "a refused role is tried again later, or when the kernel changed")
{
    kernel.refuse = binds_address;
    start({web_role()});
    const auto batches = kernel.batches;
    agent.reconcile(now);
    CHECK(kernel.batches == batches);
    REQUIRE(agent.next_wake(now));

    SECTION("later")
    {
        kernel.refuse = [](const Step&) { return false; };
        pass(1s);
        agent.reconcile(now);
        CHECK(role().state == RoleState::serving);
    }
    SECTION("when the kernel changed")
    {
        kernel.refuse = [](const Step&) { return false; };
        kernel.add_link("eth1", true);
        agent.reconcile(now);
        CHECK(role().state == RoleState::serving);
    }
    CHECK_FALSE(agent.next_wake(now));
}

TEST_CASE_METHOD(AgentFixture, "what changed while a role was refused is a reason to try again")
{
    kernel.refuse = [this](const Step& step) {
        if (binds_address(step) && kernel.host.links.size() == 2) {
            kernel.add_link("dummy0", false);
            return true;
        }
        return false;
    };
    start({web_role()});
    CHECK(role().state == RoleState::degraded);
    agent.reconcile(now);
    CHECK(role().state == RoleState::serving);
}

TEST_CASE_METHOD(AgentFixture, "the same refusal is told once")
{
    kernel.refuse = binds_address;
    start({web_role()});
    for (int i = 0; i != 5; ++i) {
        pass(60s);
        agent.reconcile(now);
    }
    CHECK(told("failure") == 1);
}

TEST_CASE_METHOD(AgentFixture,
                 "who keeps removing a VIP is called a fight, and repair is spaced out")
{
    start({web_role()});
    int repaired = 0;
    for (int i = 0; i != 100; ++i) {
        kernel.host.owned.erase(Object{vip});
        agent.reconcile(now);
        repaired += kernel.host.owned.contains(Object{vip}) ? 1 : 0;
        pass(10ms);
    }
    CHECK(repaired == 10);
    CHECK(role().state == RoleState::degraded);
    CHECK(role().problems.front().starts_with("contested"));
    REQUIRE(agent.next_wake(now));
    pass(10s);
    agent.reconcile(now);
    CHECK(role().state == RoleState::serving);
}

TEST_CASE_METHOD(AgentFixture,
                 "ARP that cannot be kept silent takes the VIPs away, and gives them back")
{
    start({web_role()});
    for (int i = 0; i != 30; ++i) {
        kernel.host.sysctls[{"eth0", "arp_ignore"}] = 4;
        agent.reconcile(now);
        CHECK(kernel.host.sysctls[{"eth0", "arp_ignore"}] == 1); // never given up
        pass(10ms);
    }
    CHECK(role().state == RoleState::degraded);
    CHECK_FALSE(kernel.host.owned.contains(Object{vip}));
    CHECK(told("contested") == 1);
    pass(31s);
    agent.reconcile(now);
    CHECK(kernel.host.owned.contains(Object{vip}));
    CHECK(role().state == RoleState::serving);
}

TEST_CASE_METHOD(AgentFixture, "ARP that the kernel refuses to silence unbinds the VIPs")
{
    start({web_role()});
    kernel.refuse = [](const Step& step) { return std::holds_alternative<Sysctl>(step.object); };
    kernel.host.sysctls[{"eth0", "arp_ignore"}] = 4;
    agent.reconcile(now);
    CHECK_FALSE(kernel.host.owned.contains(Object{vip}));
    CHECK(role().state == RoleState::degraded);
}

TEST_CASE_METHOD(AgentFixture,
                 "ARP that was made silent again stays so, whatever is refused after it")
{
    start({web_role()});
    kernel.refuse = [](const Step& step) {
        return std::holds_alternative<Guard>(step.object) && step.action == Step::Action::add;
    };
    kernel.host.sysctls[{"eth0", "arp_ignore"}] = 0;
    kernel.host.owned.erase(Object{Guard{*parse_prefix("192.0.2.8")}});
    agent.reconcile(now);
    CHECK(kernel.host.sysctls[{"eth0", "arp_ignore"}] == 1);
    CHECK(kernel.host.owned.contains(Object{vip}));
    CHECK(role().state == RoleState::degraded);
}

TEST_CASE_METHOD(AgentFixture, "so it does for VIPs that were bound before the start")
{
    start({web_role()});
    kernel.refuse = [](const Step& step) {
        return std::holds_alternative<Guard>(step.object) && step.action == Step::Action::add;
    };
    kernel.host.sysctls[{"eth0", "arp_ignore"}] = 0;
    kernel.host.owned.erase(Object{Guard{*parse_prefix("192.0.2.8")}});
    Agent next{kernel, connections, store, polls, health, "test"};
    next.start(config({web_role()}), now);
    CHECK(kernel.host.sysctls[{"eth0", "arp_ignore"}] == 1);
    CHECK(kernel.host.owned.contains(Object{vip}));
}

TEST_CASE_METHOD(AgentFixture, "stop takes back everything, in the order that keeps ARP silent")
{
    const auto before = kernel.host;
    start({web_role()});
    kernel.after_step = [this](const Step&) {
        if (kernel.host.owned.contains(Object{vip})) {
            REQUIRE(arp_hazards(web_role(), kernel.host).empty());
        }
    };
    CHECK(agent.stop().empty());
    CHECK(kernel.host == before);
    CHECK(agent.status(now).state == RoleState::stopped);
}

TEST_CASE_METHOD(AgentFixture, "stop looks again when the kernel could not be read")
{
    const auto before = kernel.host;
    start({web_role()});
    kernel.blind = 2;
    CHECK(agent.stop().empty());
    CHECK(kernel.host == before);
}

TEST_CASE_METHOD(AgentFixture, "stop tells of a kernel that cannot be read at all")
{
    start({web_role()});
    kernel.blind = 1000;
    CHECK(agent.stop() == std::vector<std::string>{"dump, says the test: Interrupted system call"});
}

TEST_CASE_METHOD(AgentFixture, "what cannot be taken back is told, and keeps its ARP suppression")
{
    start({web_role()});
    kernel.refuse = binds_address;
    CHECK(agent.stop().size() == 1);
    CHECK(kernel.host.sysctls[{"eth0", "arp_ignore"}] == 1);
}
