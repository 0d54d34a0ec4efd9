#include "drain/drain.hpp"
#include "drain/moment.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::test;
using namespace std::chrono_literals;

namespace {

Drain draining(microseconds timeout)
{
    return on(Serving{}, DrainRequested{timeout, true}, at(0s));
}

constexpr Observed busy{3, true, 1s};
constexpr Observed idle{0, true, 1s};

} // namespace

TEST_CASE("a drain is over when nothing was left for the settle time")
{
    auto drain = draining(5min);
    drain = on(drain, busy, at(1s));
    CHECK(std::holds_alternative<Draining>(drain));
    drain = on(drain, idle, at(2s));
    CHECK(std::holds_alternative<Draining>(drain));
    drain = on(drain, idle, at(3s));
    REQUIRE(std::holds_alternative<Drained>(drain));
    CHECK_FALSE(std::get<Drained>(drain).timed_out);
}

TEST_CASE("a connection that comes meanwhile begins the settle time anew")
{
    auto drain = on(draining(5min), idle, at(1s));
    drain = on(drain, busy, at(1s));
    drain = on(drain, idle, at(2s));
    CHECK(std::holds_alternative<Draining>(drain));
    CHECK(std::holds_alternative<Drained>(on(drain, idle, at(3s))));
}

TEST_CASE("no connection proves nothing before every director was told")
{
    const Observed untold{0, false, 0s};
    const auto drain = on(draining(5min), untold, at(1s));
    CHECK(std::holds_alternative<Draining>(drain));
    CHECK(std::holds_alternative<Drained>(on(drain, Observed{0, true, 0s}, at(2s))));
}

TEST_CASE("the deadline ends a drain, and says whether something was left")
{
    const auto busy_to_the_end = on(draining(10s), busy, at(10s));
    REQUIRE(std::holds_alternative<Drained>(busy_to_the_end));
    CHECK(std::get<Drained>(busy_to_the_end).timed_out);
    const auto just_idle = on(draining(10s), idle, at(10s));
    REQUIRE(std::holds_alternative<Drained>(just_idle));
    CHECK_FALSE(std::get<Drained>(just_idle).timed_out);
}

TEST_CASE("a timeout of zero waits without limit")
{
    const auto drain = on(draining(0s), busy, at(1'000'000s));
    CHECK(std::holds_alternative<Draining>(drain));
    CHECK_FALSE(drain_status(drain)->deadline);
}

TEST_CASE("a second order while draining sets a new deadline and keeps the beginning")
{
    const auto drain = on(draining(10s), DrainRequested{60s, false}, at(5s));
    REQUIRE(std::holds_alternative<Draining>(drain));
    const auto& again = std::get<Draining>(drain);
    CHECK(again.since == at(0s));
    CHECK(again.deadline == at(65s));
    CHECK_FALSE(again.persistent);
}

TEST_CASE("undrain serves again from wherever it was")
{
    const auto drained = on(on(draining(10s), idle, at(1s)), idle, at(2s));
    CHECK(on(draining(10s), UndrainRequested{}, at(1s)) == Drain{Serving{}});
    CHECK(on(drained, UndrainRequested{}, at(3s)) == Drain{Serving{}});
    CHECK(on(Serving{}, UndrainRequested{}, at(3s)) == Drain{Serving{}});
}

TEST_CASE("a drained role stays so, whatever is seen or ordered")
{
    const auto drained = on(on(draining(10s), idle, at(1s)), idle, at(2s));
    CHECK(on(drained, busy, at(99s)) == drained);
    CHECK(std::holds_alternative<Drained>(on(drained, DrainRequested{1s, true}, at(3s))));
    CHECK(on(Serving{}, busy, at(3s)) == Drain{Serving{}});
}

TEST_CASE("the status tells the times of the wall clock")
{
    const auto status = drain_status(draining(10s));
    REQUIRE(status);
    CHECK(status->since == at(0s).wall);
    CHECK(status->deadline == at(10s).wall);
    CHECK(status->persistent);
    CHECK_FALSE(drain_status(Serving{}));
}
