#include "support/agent_fixture.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::test;
using namespace std::chrono_literals;

namespace {

Check tcp_check(const char* target)
{
    Check check;
    check.target = target;
    check.rise = 2;
    check.fall = 3;
    return check;
}

Role checked_role()
{
    auto role = web_role({"192.0.2.8"});
    role.checks = {tcp_check("127.0.0.1:80"), tcp_check("127.0.0.1:81")};
    return role;
}

// The second check is of something that other hosts depend on as well.
Role shared_role()
{
    auto role = checked_role();
    role.checks[1].on_failure = OnCheckFailure::report;
    return role;
}

class Checked : public AgentFixture {
public:
    explicit Checked(const std::set<std::string>& healthy = {}, Role role = checked_role())
    {
        health.save(healthy);
        start({std::move(role)});
    }

    void outcome(std::size_t check, bool ok, int times = 1)
    {
        for (int i = 0; i != times; ++i) {
            pass(1s);
            agent.checked({"web", check, ok, ok ? "" : "connection refused"}, now);
        }
    }

    RoleState state() { return role().state; }
};

} // namespace

TEST_CASE("a role with checks serves once each has been good")
{
    Checked on;
    CHECK(on.agent.checks_pending());
    CHECK(on.state() == RoleState::unhealthy);
    on.outcome(0, true);
    CHECK(on.state() == RoleState::unhealthy);
    CHECK(on.role().problems == std::vector<std::string>{"check tcp 127.0.0.1:81 has not run yet"});
    on.outcome(1, true);
    CHECK(on.state() == RoleState::serving);
    CHECK_FALSE(on.agent.checks_pending());
}

TEST_CASE("it takes fall bad outcomes in a row to be unhealthy, and rise good ones to be well",
          "[fault-69]")
{
    Checked on;
    on.outcome(0, true);
    on.outcome(1, true);
    on.outcome(0, false, 2);
    on.outcome(0, true);
    on.outcome(0, false, 2);
    CHECK(on.state() == RoleState::serving);
    on.outcome(0, false);
    CHECK(on.state() == RoleState::unhealthy);
    CHECK(on.role().problems ==
          std::vector<std::string>{"check tcp 127.0.0.1:80 fails: connection refused"});
    CHECK(on.role().checks.front().since == on.now.wall);
    on.outcome(0, true);
    CHECK(on.state() == RoleState::unhealthy);
    on.outcome(0, true);
    CHECK(on.state() == RoleState::serving);
    CHECK(on.role().problems.empty());
}

TEST_CASE("the first outcome decides alone, also when it is bad")
{
    Checked on;
    on.outcome(0, false);
    CHECK(on.role().problems.front() == "check tcp 127.0.0.1:80 fails: connection refused");
}

TEST_CASE("a check's change is told once, and so is the role's")
{
    Checked on;
    on.outcome(0, true);
    on.outcome(1, true);
    const auto states = on.told("state");
    CHECK(on.told("check") == 2);
    on.outcome(0, false, 5);
    CHECK(on.told("check") == 3);
    CHECK(on.told("state") == states + 1);
}

TEST_CASE("a check that is only reported fails without making the role unhealthy", "[fault-70]")
{
    Checked on{{}, shared_role()};
    on.outcome(0, true);
    CHECK_FALSE(on.agent.checks_pending());
    CHECK(on.state() == RoleState::serving);
    const std::string shared = "check tcp 127.0.0.1:81";
    CHECK(on.role().problems == std::vector{shared + " has not run yet (only reported)"});
    const auto told = on.told("check");
    on.outcome(1, false, 5);
    CHECK(on.told("check") == told + 1);
    CHECK(on.state() == RoleState::serving);
    CHECK_FALSE(on.role().checks[1].ok);
    CHECK(on.role().problems == std::vector{shared + " fails: connection refused (only reported)"});
    on.outcome(0, false, 3);
    CHECK(on.state() == RoleState::unhealthy);
    CHECK(on.role().problems.size() == 2);
    on.outcome(0, true, 2);
    on.outcome(1, true, 2);
    CHECK(on.state() == RoleState::serving);
    CHECK(on.role().problems.empty());
}

TEST_CASE("a role is remembered as healthy by the checks that decide, and by no others")
{
    Checked before{{}, shared_role()};
    before.outcome(1, false);
    CHECK(before.health.load().empty());
    before.outcome(0, true);
    CHECK(before.health.load() == std::set<std::string>{"web"});
    Checked on{before.health.load(), shared_role()};
    CHECK(on.state() == RoleState::serving);
    CHECK(on.role().checks[0].ok);
    CHECK_FALSE(on.role().checks[1].ok); // nobody presumes what nothing hangs on
}

TEST_CASE("a reload decides whether a failing check takes the role out", "[fault-70]")
{
    Checked on;
    on.outcome(0, true);
    on.outcome(1, false);
    CHECK(on.state() == RoleState::unhealthy);
    CHECK(on.agent.reload(on.config({shared_role()}), on.now).empty());
    CHECK(on.state() == RoleState::serving);
    on.outcome(1, false);
    CHECK(on.agent.reload(on.config({checked_role()}), on.now).empty());
    CHECK(on.state() == RoleState::serving); // until it is seen to fail
    on.outcome(1, false);
    CHECK(on.state() == RoleState::unhealthy);
}

TEST_CASE("an outcome of a role or check that is gone changes nothing")
{
    Checked on;
    on.agent.checked({"mail", 0, true, ""}, on.now);
    on.agent.checked({"web", 2, true, ""}, on.now);
    CHECK(on.state() == RoleState::unhealthy);
}

TEST_CASE("a reload keeps what is known of the checks that stay")
{
    Checked on;
    on.outcome(0, true);
    on.outcome(1, true);
    auto role = checked_role();
    role.checks = {tcp_check("127.0.0.1:82"), tcp_check("127.0.0.1:81")};
    CHECK(on.agent.reload(on.config({role}), on.now).empty());
    CHECK_FALSE(on.role().checks[0].ok);
    CHECK(on.role().checks[1].ok);
    CHECK(on.state() == RoleState::serving); // until the new one has been seen to fail
    on.outcome(0, false);
    CHECK(on.state() == RoleState::unhealthy);
}

TEST_CASE("a check that is added to an unhealthy role has to pass first")
{
    Checked on;
    on.outcome(0, false);
    on.outcome(1, true);
    auto role = checked_role();
    role.checks = {tcp_check("127.0.0.1:82")};
    CHECK(on.agent.reload(on.config({role}), on.now).empty());
    CHECK(on.state() == RoleState::unhealthy);
    on.outcome(0, true);
    CHECK(on.state() == RoleState::serving);
}

TEST_CASE(
    "a healthy role needs no check to run again after a restart, and as many bad ones as ever")
{
    Checked before;
    before.outcome(0, true);
    before.outcome(1, true);
    Checked on{before.health.load()};
    CHECK_FALSE(on.agent.checks_pending());
    CHECK(on.state() == RoleState::serving);
    CHECK(on.told("check") == 0);
    on.outcome(1, false, 2);
    CHECK(on.state() == RoleState::serving);
    on.outcome(1, false);
    CHECK(on.state() == RoleState::unhealthy);
    CHECK(on.health.load().empty());
}

TEST_CASE("after a stop every check has to run before the role serves again")
{
    Checked on;
    on.outcome(0, true);
    on.outcome(1, true);
    CHECK_FALSE(on.health.load().empty());
    CHECK(on.agent.stop().empty());
    CHECK(on.health.load().empty());
}
