#include "../bus/private_bus.hpp"
#include "fake_systemd.hpp"
#include "fixture.hpp"

namespace rs::test {
namespace {

// A checker and a systemd on a bus of their own.
struct Units {
    PrivateBus bus{BusPolicy::open};
    Checking checking;
    FakeSystemd systemd{checking.loop, bus.address()};

    CheckOutcome first(const std::string& unit, std::chrono::microseconds interval = 1h)
    {
        auto check = check_of(CheckType::unit, unit);
        check.interval = interval;
        check.timeout = 10s;
        return checking.first(check);
    }
};

// Gives up after 100 ms.
Check hasty(const std::string& unit)
{
    auto check = quick(CheckType::unit, unit);
    check.timeout = 100ms;
    return check;
}

CheckOutcome good(const std::string& text)
{
    return {"web", 0, true, text};
}

CheckOutcome bad(const std::string& text)
{
    return {"web", 0, false, text};
}

} // namespace

TEST_CASE("an active unit is good, one that has failed or is not there is bad")
{
    Units units;
    units.systemd.states = {{"nginx.service", "active"}, {"web@1.socket", "failed"}};
    CHECK(units.first("nginx.service") == good("unit nginx.service is active"));
    CHECK(units.first("web@1.socket") == bad("unit web@1.socket is failed"));
    CHECK(units.first("none.service") == bad("unit none.service is inactive"));
    CHECK(units.first("invalid.service") ==
          bad("unit invalid.service: Unit name invalid.service is not valid."));
}

TEST_CASE("a change of state is told at once, though the interval is an hour")
{
    Units units;
    units.systemd.states["nginx.service"] = "active";
    REQUIRE(units.first("nginx.service").ok);
    REQUIRE(units.systemd.subscribed());
    units.systemd.set("nginx.service", "failed");
    CHECK(units.checking.next() == bad("unit nginx.service is failed"));
    units.systemd.set("nginx.service", "active");
    CHECK(units.checking.next() == good("unit nginx.service is active"));
}

TEST_CASE("a restart counts as one bad run, and a reload as none")
{
    Units units;
    units.systemd.states["nginx.service"] = "active";
    REQUIRE(units.first("nginx.service").ok);
    units.systemd.set("nginx.service", "reloading");
    units.systemd.set("nginx.service", "active");
    units.systemd.set("nginx.service", "deactivating");
    CHECK_FALSE(units.checking.next().ok);
    units.systemd.set("nginx.service", "inactive");
    units.systemd.set("nginx.service", "activating");
    units.systemd.set("nginx.service", "active");
    CHECK(units.checking.next().ok);
    CHECK(units.checking.outcomes.size() == 3);
}

TEST_CASE("what is known is told each interval, and systemd is not asked again")
{
    Units units;
    units.systemd.states["nginx.service"] = "active";
    REQUIRE(units.first("nginx.service", 100ms).ok);
    CHECK(until_done(units.checking.loop, [&] { return units.checking.outcomes.size() == 6; }));
    CHECK(units.systemd.questions == 1);
}

TEST_CASE("a unit is followed by its own name when it is asked for by an alias")
{
    Units units;
    units.systemd.aliases["mysql.service"] = "mariadb.service";
    units.systemd.states["mariadb.service"] = "active";
    REQUIRE(units.first("mysql.service") == good("unit mysql.service is active"));
    units.systemd.set("mariadb.service", "failed");
    CHECK(units.checking.next() == bad("unit mysql.service is failed"));
    // The alias moves.
    units.systemd.states["mysql.service"] = "active";
    units.systemd.aliases.clear();
    units.systemd.reloaded();
    CHECK(units.checking.next() == good("unit mysql.service is active"));
}

TEST_CASE("a systemd that does not answer is bad after the timeout, and good when it does")
{
    Units units;
    units.systemd.silent = true;
    CHECK(units.checking.first(hasty("nginx.service")) == bad("timed out after 100ms"));
    units.systemd.silent = false;
    units.systemd.states["nginx.service"] = "active";
    units.systemd.release_name();
    units.systemd.request_name();
    CHECK(until_done(units.checking.loop, [&] { return units.checking.outcomes.back().ok; }));
}

TEST_CASE("a systemd that goes and comes back is subscribed to again")
{
    Units units;
    units.systemd.states["nginx.service"] = "active";
    REQUIRE(units.first("nginx.service").ok);
    units.systemd.release_name();
    units.systemd.states["nginx.service"] = "failed";
    units.systemd.request_name();
    REQUIRE(until_done(units.checking.loop, [&] { return units.systemd.subscribed(); }));
    units.systemd.set("nginx.service", "active");
    units.systemd.set("nginx.service", "failed");
    CHECK(until_done(units.checking.loop, [&] {
        return units.checking.outcomes.back() == bad("unit nginx.service is failed");
    }));
}

TEST_CASE("a bus that ends is bad after the timeout, and one that comes back is found")
{
    PrivateBus bus{BusPolicy::open};
    Checking checking;
    auto systemd = std::make_unique<FakeSystemd>(checking.loop, bus.address());
    systemd->states["nginx.service"] = "active";
    checking.configure({hasty("nginx.service")});
    REQUIRE(until_done(checking.loop,
                       [&] { return !checking.outcomes.empty() && checking.outcomes.back().ok; }));
    systemd.reset();
    bus.kill();
    CHECK(until_done(checking.loop,
                     [&] { return checking.outcomes.back() == bad("timed out after 100ms"); }));
    bus.start();
    systemd = std::make_unique<FakeSystemd>(checking.loop, bus.address());
    systemd->states["nginx.service"] = "active";
    CHECK(until_done(checking.loop, [&] { return checking.outcomes.back().ok; }));
    systemd->set("nginx.service", "failed");
    CHECK(until_done(checking.loop, [&] { return !checking.outcomes.back().ok; }));
}

TEST_CASE("without a bus a unit is bad, and other checks are as ever")
{
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus", 1);
    Checking checking;
    checking.configure({hasty("nginx.service"), quick(CheckType::exec, "/bin/true")});
    CHECK(until_done(checking.loop, [&] { return checking.outcomes.size() >= 6; }));
    for (const auto& outcome : checking.outcomes) {
        CHECK(outcome.ok == (outcome.check == 1));
    }
}

} // namespace rs::test
