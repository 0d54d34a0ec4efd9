#include "ctl/drain_progress.hpp"
#include "sample.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::test;
using namespace rs::ctl;

namespace {

NodeStatus with(const std::vector<RoleStatus>& roles)
{
    NodeStatus status;
    status.roles = roles;
    return status;
}

RoleStatus in_state(RoleState state, std::uint32_t connections, const char* name = "web")
{
    auto role = web();
    role.name = name;
    role.state = state;
    role.connections = connections;
    if (state == RoleState::draining || state == RoleState::drained) {
        role.drain = DrainStatus{noon, noon + 5min, true};
    }
    return role;
}

using enum RoleState;

} // namespace

TEST_CASE("a drain is done when the role is drained and nothing is left")
{
    DrainProgress progress{{"web"}};
    CHECK(!progress.look(with({in_state(draining, 3)})));
    CHECK(!progress.look(with({in_state(draining, 0)})));
    CHECK(progress.look(with({in_state(drained, 0)})) == Exit::done);
}

TEST_CASE("a drain that gave up with connections left has timed out")
{
    DrainProgress progress{{"web"}};
    CHECK(progress.look(with({in_state(drained, 2)})) == Exit::timed_out);
}

TEST_CASE(
    "a role that still serves has not been drained by somebody else: the daemon is to publish")
{
    DrainProgress progress{{"web"}};
    CHECK(!progress.look(with({in_state(serving, 3)})));
    CHECK(!progress.look(with({in_state(draining, 3)})));
    CHECK(progress.look(with({in_state(serving, 3)})) == Exit::failed);
}

TEST_CASE("a role that is gone ends the wait as a failure")
{
    DrainProgress progress{{"web"}};
    CHECK(progress.look(with({})) == Exit::failed);
}

TEST_CASE("several roles are waited for until the last, and the worst outcome counts")
{
    DrainProgress progress{{"mail", "web"}};
    CHECK(!progress.look(with({in_state(drained, 1, "mail"), in_state(draining, 3)})));
    CHECK(progress.look(with({in_state(drained, 1, "mail"), in_state(drained, 0)})) ==
          Exit::timed_out);
    CHECK(progress.look(with({in_state(drained, 1, "mail")})) == Exit::failed);
}

TEST_CASE("the progress line counts connections, roles, directors and time")
{
    DrainProgress progress{{"mail", "web"}};
    auto one = in_state(draining, 4);
    one.directors = {{*parse_address("192.0.2.6"), noon + 1s, "draining", true, true},
                     {*parse_address("192.0.2.7"), noon - 1s, "serving", true, false},
                     {*parse_address("192.0.2.9"), std::nullopt, "", false, false}};
    CHECK(progress.line(with({in_state(drained, 0, "mail"), one}), noon + 12s) ==
          "draining web: 4 connections left, 1 of 2 roles drained, 192.0.2.6 told, 192.0.2.7 not "
          "yet, 12s of 5min");
    auto endless = in_state(draining, 1);
    endless.drain->deadline.reset();
    CHECK(DrainProgress{{"web"}}.line(with({endless}), noon + 61s) ==
          "draining web: 1 connection left, 1min 1s");
}

TEST_CASE("a role's own line says what is left only while that matters")
{
    CHECK(role_line(with({in_state(draining, 3)}), "web") == "web: draining, 3 connections left");
    CHECK(role_line(with({in_state(drained, 0)}), "web") == "web: drained");
    CHECK(role_line(with({in_state(drained, 1)}), "web") == "web: drained, 1 connection left");
    CHECK(role_line(with({in_state(serving, 3)}), "web") == "web: serving");
    CHECK(role_line(with({}), "web") == "web: no longer configured");
}

TEST_CASE("an undrain is over when no role is out of service, and done when all serve")
{
    CHECK(!undrain_outcome(with({in_state(drained, 0)}), {"web"}));
    CHECK(undrain_outcome(with({in_state(serving, 0)}), {"web"}) == Exit::done);
    auto untold = in_state(serving, 0);
    untold.directors = {{*parse_address("192.0.2.6"), noon, "drained", true, false}};
    CHECK(!undrain_outcome(with({untold}), {"web"}));
    untold.directors.front().polling = false;
    CHECK(undrain_outcome(with({untold}), {"web"}) == Exit::done);
    CHECK(undrain_outcome(with({in_state(degraded, 0)}), {"web"}) == Exit::failed);
    CHECK(undrain_outcome(with({}), {"web"}) == Exit::failed);
}
