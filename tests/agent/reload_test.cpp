#include "support/agent_fixture.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::test;
using namespace std::chrono_literals;

namespace {

Role mail_role()
{
    auto role = web_role({"192.0.2.25"});
    role.name = "mail";
    return role;
}

} // namespace

TEST_CASE_METHOD(AgentFixture, "a reload adds what is new and removes what is gone")
{
    start({web_role()});
    CHECK(agent.reload(config({mail_role()}), now).empty());
    CHECK_FALSE(kernel.host.owned.contains(Object{vip}));
    CHECK(kernel.host.owned.contains(Object{VipAddress{*parse_address("192.0.2.25"), "lo", {}}}));
    CHECK(agent.status(now).roles.size() == 1);
    CHECK(agent.status(now).drifts == 0);
}

TEST_CASE_METHOD(AgentFixture, "a reload of the same does nothing to the kernel")
{
    start({web_role()});
    const auto batches = kernel.batches;
    CHECK(agent.reload(config({web_role()}), now).empty());
    CHECK(kernel.batches == batches);
}

TEST_CASE_METHOD(AgentFixture, "a reload that the kernel refuses leaves everything as it was")
{
    start({web_role()});
    const auto before = kernel.host;
    kernel.refuse = [](const Step& step) { return to_string(step) == "add VIP 192.0.2.25 on lo"; };
    const auto reasons = agent.reload(config({mail_role()}), now);
    CHECK(reasons == std::vector<std::string>{"add VIP 192.0.2.25 on lo: busy, says the test"});
    CHECK(kernel.host == before);
    CHECK(agent.config() == config({web_role()}));
    CHECK(role().state == RoleState::serving);
}

TEST_CASE_METHOD(AgentFixture, "a role that was degraded before does not hold up a reload")
{
    auto stuck = web_role();
    stuck.device = "dummy0";
    start({stuck});
    CHECK(role().state == RoleState::degraded);
    CHECK(agent.reload(config({mail_role(), stuck}), now).empty());
    CHECK(agent.status(now).roles[0].state == RoleState::serving);
}

TEST_CASE_METHOD(AgentFixture, "a new role that cannot be held refuses the reload")
{
    start({web_role()});
    auto stuck = mail_role();
    stuck.device = "dummy0";
    CHECK(agent.reload(config({stuck, web_role()}), now) ==
          std::vector<std::string>{"role mail: device dummy0 does not exist"});
    CHECK(agent.status(now).roles.size() == 1);
}

TEST_CASE_METHOD(AgentFixture, "a VIP moves from address to route without being away")
{
    auto web = web_role({"192.0.2.8"});
    start({web});
    kernel.after_step = [this](const Step&) {
        CHECK((kernel.host.owned.contains(Object{vip}) ||
               kernel.host.owned.contains(Object{VipRoute{host_prefix(vip.vip), "lo"}})));
    };
    web.bind = Bind::route;
    CHECK(agent.reload(config({web}), now).empty());
    CHECK_FALSE(kernel.host.owned.contains(Object{vip}));
}

TEST_CASE_METHOD(AgentFixture, "a drain stays with its role over a reload")
{
    start({web_role()});
    connections.open = 1;
    agent.drain("web", 1h, true, now);
    auto changed = web_role();
    changed.services = {{8080, Protocol::tcp}};
    CHECK(agent.reload(config({changed}), now).empty());
    CHECK(role().state == RoleState::draining);
}

TEST_CASE_METHOD(AgentFixture, "a reload cuts off no connection until its role is drained",
                 "[fault-48]")
{
    start({web_role()});
    connections.open = 3;
    const auto before = kernel.host;
    CHECK(agent.reload(config({mail_role()}), now) ==
          std::vector<std::string>{"role web: would cut off 3 connections to 192.0.2.8 and 1 "
                                   "more; drain it first: realserverctl drain web"});
    CHECK(kernel.host == before);
    CHECK(role().state == RoleState::serving);
    agent.drain("web", 1s, true, now);
    CHECK_FALSE(agent.reload(config({mail_role()}), now).empty());
    pass(2s);
    agent.follow_drains(now);
    REQUIRE(role().state == RoleState::drained);
    CHECK(agent.reload(config({mail_role()}), now).empty());
    CHECK_FALSE(kernel.host.owned.contains(Object{vip}));
}

TEST_CASE_METHOD(AgentFixture, "connections to a VIP that another role takes over hold nothing up")
{
    start({web_role()});
    connections.open = 3;
    auto shop = web_role();
    shop.name = "shop";
    CHECK(agent.reload(config({shop}), now).empty());
}

TEST_CASE_METHOD(AgentFixture,
                 "a reload that cannot look at the kernel is in force or changes nothing")
{
    start({web_role()});
    const auto seen = outlook(agent.config());
    auto other = mail_role();
    other.vips = {*parse_prefix("2001:db8::25")};
    other.arp_guard = GuardUse::off;
    auto refusals = 0;
    for (auto failing = 0;; ++failing) {
        auto looks = 0;
        kernel.before_look = [&] { return looks++ == failing; };
        try {
            const auto reasons = agent.reload(config({other}), now);
            CHECK(reasons.empty());
            CHECK(agent.config() == config({other}));
        } catch (const std::system_error&) {
            ++refusals;
            CHECK(agent.config() == config({web_role()}));
            CHECK(kernel.outlook == seen);
        }
        kernel.before_look = [] { return false; };
        if (looks <= failing) {
            break; // none failed
        }
        REQUIRE(agent.reload(config({web_role()}), now).empty());
    }
    CHECK(refusals > 1);
}

TEST_CASE_METHOD(AgentFixture, "a reload is in force also where the drains cannot be noted")
{
    start({web_role()});
    agent.drain("web", 1h, true, now);
    std::filesystem::remove_all(runtime.path());
    CHECK(agent.reload(config({web_role(), mail_role()}), now).empty());
    CHECK(agent.status(now).roles.size() == 2);
    CHECK(told("failure") != 0);
    std::filesystem::create_directory(runtime.path());
}
