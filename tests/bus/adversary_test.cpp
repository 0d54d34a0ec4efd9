#include "fake_polkit.hpp"
#include "log_of.hpp"
#include "strangers.hpp"
#include "support/catch.hpp"
#include "support/netns.hpp"

using namespace rs;
using namespace rs::test;

namespace {

// As on a bus whose policy lets everything through: what is refused, the service refuses.
struct Open : Running {
    Open() : Running{BusPolicy::open} {}

    Client stranger{loop, bus.address(), {.user = nobody}};
};

} // namespace

TEST_CASE("where the bus lets everything through, the service itself refuses a stranger",
          "[fault-51]")
{
    Open on;
    auto& stranger = on.stranger;
    const auto everything = [&] {
        std::string text;
        for (const auto* const path : {manager_path, role_path_web, log_control_path}) {
            const auto told = stranger.call(path, properties, "GetAll", "s", "");
            CHECK(told.error.empty());
            text += told.body + '\n';
        }
        return text;
    };
    const auto before = everything();
    // What there is, called as it should be: whoever is refused is told that this is why.
    for (const auto& [path, interface] :
         {std::pair{manager_path, manager_interface}, std::pair{role_path_web, role_interface}}) {
        CAPTURE(path);
        CHECK(stranger.call(path, interface, "Drain", "a{sv}", 0).error == access_denied);
        CHECK(stranger.call(path, interface, "Undrain").error == access_denied);
    }
    CHECK(stranger.call(manager_path, manager_interface, "Reload").error == access_denied);
    CHECK(stranger
              .call(log_control_path, properties, "Set", "ssv", log_control_interface, "LogLevel",
                    "s", "debug")
              .error == access_denied);
    for (const std::string path :
         {manager_path, role_path_web, "/", "/org/realserverd", "/org/realserverd/RealServer1/role",
          "/org/realserverd/RealServer1/role/none", log_control_path}) {
        for (const std::string interface : {manager_interface, role_interface, "", "a.b"}) {
            for (const std::string member : {"Drain", "Undrain", "Reload", "Stop"}) {
                CAPTURE(path, interface, member);
                CHECK_FALSE(stranger.call(path, interface, member, "a{sv}", 0).error.empty());
                CHECK_FALSE(stranger.call(path, interface, member).error.empty());
            }
        }
        for (const auto* const name : {"State", "Name", "Connections", "LogLevel", "None"}) {
            for (const auto* const interface :
                 {manager_interface, role_interface, log_control_interface, ""}) {
                CAPTURE(path, interface, name);
                CHECK_FALSE(
                    stranger.call(path, properties, "Set", "ssv", interface, name, "s", "debug")
                        .error.empty());
            }
        }
    }
    CHECK(on.control.asked.empty());
    CHECK(on.control.level == LogLevel::info);
    CHECK(everything() == before);
}

TEST_CASE("a polkit that dies with the question is a no, and the next one is asked", "[fault-56]")
{
    Strangers on;
    auto polkit = std::make_unique<FakePolkit>(on.loop, on.bus.address());
    Asked undrain{on.stranger, manager_path, manager_interface, "Undrain"};
    REQUIRE(until(on.loop, [&] { return !polkit->questions.empty(); }));
    polkit.reset();
    REQUIRE(until(on.loop, [&] { return undrain.answered; }));
    CHECK(undrain.reply.error == access_denied);
    CHECK(undrain.reply.message.starts_with("polkit does not answer"));
    FakePolkit next{on.loop, on.bus.address()};
    Asked again{on.stranger, manager_path, manager_interface, "Undrain"};
    REQUIRE(until(on.loop, [&] { return !next.questions.empty(); }));
    next.answer(true);
    REQUIRE(until(on.loop, [&] { return again.answered; }));
    CHECK(on.control.asked == std::vector<std::string>{"undrain "});
}

TEST_CASE("a polkit that never answers is a no after a while, and the loop goes on meanwhile",
          "[fault-56]")
{
    Strangers on;
    FakePolkit polkit{on.loop, on.bus.address()};
    Asked undrain{on.stranger, manager_path, manager_interface, "Undrain"};
    REQUIRE(until(on.loop, [&] { return !polkit.questions.empty(); }));
    int turns{};
    const auto tick = on.loop.timer([&] { ++turns; });
    auto longest = Clock::duration::zero();
    while (!undrain.answered) {
        const auto begin = Clock::now();
        tick->arm(begin + std::chrono::milliseconds{50});
        REQUIRE(until(on.loop, [&, before = turns] { return turns != before; }));
        CHECK(on.root.property(manager_path, manager_interface, "State").error.empty());
        longest = std::max(longest, Clock::now() - begin);
    }
    CHECK(longest < std::chrono::seconds{2});
    CHECK(turns > 20);
    CHECK(undrain.reply.error == access_denied);
    CHECK(undrain.reply.message.starts_with("polkit does not answer"));
    polkit.answer(true); // too late
    CHECK(on.root.property(manager_path, manager_interface, "State").error.empty());
    CHECK(on.control.asked.empty());
}

TEST_CASE("a user who comes and goes under ever new names keeps polkit and us no busier",
          "[fault-54]")
{
    constexpr auto names = 1000;
    Strangers on;
    FakePolkit polkit{on.loop, on.bus.address()};
    for (int i = 0; i < names; ++i) {
        Client leaving{on.loop, on.bus.address(), {.user = nobody, .interactive = true}};
        Asked undrain{leaving, manager_path, manager_interface, "Undrain"};
        REQUIRE(until(on.loop, [&] {
            return undrain.answered || polkit.questions.size() > static_cast<std::size_t>(i);
        }));
    }
    CHECK(polkit.questions.size() == 16);
    Asked refused{on.stranger, manager_path, manager_interface, "Undrain"};
    REQUIRE(until(on.loop, [&] { return refused.answered; }));
    CHECK(refused.reply.error == "org.freedesktop.DBus.Error.LimitsExceeded");
    CHECK(on.root.call(manager_path, manager_interface, "Reload").error.empty());
    while (!polkit.questions.empty()) {
        polkit.answer(true); // of those that have gone
    }
    CHECK(on.root.call(manager_path, manager_interface, "Reload").error.empty());
    Asked again{on.stranger, manager_path, manager_interface, "Undrain"};
    REQUIRE(until(on.loop, [&] { return !polkit.questions.empty(); }));
    polkit.answer(true);
    REQUIRE(until(on.loop, [&] { return again.answered; }));
    CHECK(on.control.asked == std::vector<std::string>{"reload", "reload", "undrain "});
}

TEST_CASE("a caller in another network namespace is who he is on the bus, and is logged",
          "[fault-59]")
{
    Strangers on;
    const LogOf log;
    {
        const NetworkNamespace other;
        Client root{on.loop, on.bus.address()};
        Client stranger{on.loop, on.bus.address(), {.user = nobody}};
        CHECK(stranger.call(role_path_web, role_interface, "Undrain").error == access_denied);
        CHECK(root.call(role_path_web, role_interface, "Undrain").error.empty());
    }
    CHECK(on.control.asked == std::vector<std::string>{"undrain web-1"});
    CHECK(log.text().find("org.realserverd.drain for user 0, process " +
                          std::to_string(getpid())) != std::string::npos);
}
