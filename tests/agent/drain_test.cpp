#include "model/errors.hpp"
#include "support/agent_fixture.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::test;
using namespace std::chrono_literals;

TEST_CASE_METHOD(AgentFixture, "a drained role keeps its VIP until the daemon stops")
{
    start({web_role()});
    connections.open = 2;
    agent.drain("web", std::nullopt, true, now);
    CHECK(role().state == RoleState::draining);
    CHECK(role().connections == 2);
    connections.open = 0;
    pass(1s);
    agent.follow_drains(now);
    pass(1s);
    agent.follow_drains(now);
    CHECK(role().state == RoleState::drained);
    agent.reconcile(now);
    CHECK(kernel.host.owned.contains(Object{vip}));
    agent.undrain("web", now);
    CHECK(role().state == RoleState::serving);
}

TEST_CASE_METHOD(AgentFixture, "an unknown role is refused and nothing else is drained")
{
    start({web_role()});
    CHECK_THROWS_AS(agent.drain("wbe", std::nullopt, true, now), NoSuchRole);
    CHECK_THROWS_AS(agent.undrain("wbe", now), NoSuchRole);
    CHECK(role().state == RoleState::serving);
}

TEST_CASE_METHOD(AgentFixture, "without a timeout the role's own counts")
{
    auto web = web_role();
    web.drain.timeout = 10s;
    start({web});
    connections.open = 1;
    agent.drain("", std::nullopt, true, now);
    CHECK(role().drain->deadline == now.wall + 10s);
    agent.drain("", 20s, true, now);
    CHECK(role().drain->deadline == now.wall + 20s);
}

TEST_CASE_METHOD(AgentFixture, "at the deadline connections are kept, or reset if the role says so")
{
    auto web = web_role();
    const bool resets = GENERATE(false, true);
    web.drain.on_timeout = resets ? OnTimeout::reset : OnTimeout::keep;
    start({web});
    connections.open = 5;
    agent.drain("web", 10s, true, now);
    pass(10s);
    agent.follow_drains(now);
    CHECK(role().state == RoleState::drained);
    CHECK(connections.resets == (resets ? 1 : 0));
    CHECK(role().connections == (resets ? 0 : 5));
}

TEST_CASE_METHOD(AgentFixture, "a kernel that cannot reset connections is named in the status")
{
    auto web = web_role();
    web.drain.on_timeout = OnTimeout::reset;
    connections.can_reset = false;
    start({web});
    connections.open = 5;
    agent.drain("web", 10s, true, now);
    pass(10s);
    agent.follow_drains(now);
    CHECK(role().state == RoleState::drained);
    REQUIRE(role().problems.size() == 1);
    CHECK(role().problems.front().find("CONFIG_INET_DIAG_DESTROY") != std::string::npos);
    agent.undrain("web", now);
    CHECK(role().problems.empty());
}

TEST_CASE_METHOD(AgentFixture, "a drain survives the next start, and an undrain does too")
{
    start({web_role()});
    agent.drain("web", 1h, true, now);
    Agent second{kernel, connections, store, polls, health, "test"};
    second.start(config({web_role()}), now);
    CHECK(second.status(now).roles.at(0).state == RoleState::draining);
    second.undrain("web", now);
    Agent third{kernel, connections, store, polls, health, "test"};
    third.start(config({web_role()}), now);
    CHECK(third.status(now).roles.at(0).state == RoleState::serving);
}

TEST_CASE_METHOD(AgentFixture, "the drain before a stop is not kept")
{
    start({web_role()});
    connections.open = 1;
    agent.drain_to_stop(30s, now);
    CHECK(agent.draining());
    pass(30s);
    agent.follow_drains(now);
    CHECK_FALSE(agent.draining());
    CHECK(store.load(now).empty());
}
