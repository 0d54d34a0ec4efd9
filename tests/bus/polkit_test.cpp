#include "fake_polkit.hpp"
#include "strangers.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::test;

namespace {

// Whether a call was seen to be handled by now: messages of one sender keep their order.
bool still_alive(Running& on)
{
    return on.root.property(manager_path, manager_interface, "State").body == "\"serving\"";
}

} // namespace

TEST_CASE("whom polkit authorises may drain")
{
    Strangers on;
    FakePolkit polkit{on.loop, on.bus.address()};
    Asked undrain{on.stranger, role_path_web, role_interface, "Undrain"};
    REQUIRE(until(on.loop, [&] { return polkit.questions.size() == 1; }));
    CHECK(polkit.questions.front() == "CheckAuthorization: (\"system-bus-name\", {\"name\": \"" +
                                          on.stranger.unique_name() +
                                          "\"}), \"org.realserverd.drain\", {}, 0, \"\"");
    CHECK(on.control.asked.empty());
    polkit.answer(true);
    REQUIRE(until(on.loop, [&] { return undrain.answered; }));
    CHECK(undrain.reply.error.empty());
    CHECK(on.control.asked == std::vector<std::string>{"undrain web-1"});
}

TEST_CASE("a reload is an action of its own, and a caller who may be asked is asked")
{
    Strangers on;
    FakePolkit polkit{on.loop, on.bus.address()};
    Client person{on.loop, on.bus.address(), {.user = nobody, .interactive = true}};
    Asked reload{person, manager_path, manager_interface, "Reload"};
    REQUIRE(until(on.loop, [&] { return polkit.questions.size() == 1; }));
    CHECK(polkit.questions.front().find("\"org.realserverd.reload\", {}, 1, \"\"") !=
          std::string::npos);
    polkit.answer(true);
    REQUIRE(until(on.loop, [&] { return reload.answered; }));
    CHECK(on.control.asked == std::vector<std::string>{"reload"});
}

TEST_CASE("whatever else polkit answers is a no")
{
    Strangers on;
    FakePolkit polkit{on.loop, on.bus.address()};
    const std::vector<std::pair<std::function<void()>, std::string>> answers{
        {[&] { polkit.answer(false); }, "not authorised"},
        {[&] { polkit.answer(false, true); }, "authentication is needed"},
        {[&] { polkit.fail(); }, "polkit does not answer (broken)"},
        {[&] { polkit.answer_nonsense(); }, "polkit does not answer"},
    };
    for (const auto& [answer, why] : answers) {
        CAPTURE(why);
        Asked undrain{on.stranger, manager_path, manager_interface, "Undrain"};
        REQUIRE(until(on.loop, [&] { return !polkit.questions.empty(); }));
        answer();
        REQUIRE(until(on.loop, [&] { return undrain.answered; }));
        CHECK(undrain.reply.error == access_denied);
        CHECK(undrain.reply.message.starts_with(why));
    }
    CHECK(on.control.asked.empty());
}

TEST_CASE("while polkit thinks, others are served")
{
    Strangers on;
    FakePolkit polkit{on.loop, on.bus.address()};
    Asked undrain{on.stranger, manager_path, manager_interface, "Undrain"};
    REQUIRE(until(on.loop, [&] { return !polkit.questions.empty(); }));
    CHECK(still_alive(on));
    CHECK(on.root.call(manager_path, manager_interface, "Drain", "a{sv}", 0).error.empty());
    CHECK_FALSE(undrain.answered);
    CHECK(on.control.asked == std::vector<std::string>{"drain "});
    polkit.answer(true);
    REQUIRE(until(on.loop, [&] { return undrain.answered; }));
    CHECK(on.control.asked == std::vector<std::string>{"drain ", "undrain "});
}

TEST_CASE("every call is decided by itself")
{
    Strangers on;
    FakePolkit polkit{on.loop, on.bus.address()};
    Asked first{on.stranger, manager_path, manager_interface, "Undrain"};
    Asked second{on.stranger, role_path_web, role_interface, "Undrain"};
    REQUIRE(until(on.loop, [&] { return polkit.questions.size() == 2; }));
    polkit.answer(false);
    polkit.answer(true);
    REQUIRE(until(on.loop, [&] { return first.answered && second.answered; }));
    CHECK(first.reply.error == access_denied);
    CHECK(second.reply.error.empty());
    CHECK(on.control.asked == std::vector<std::string>{"undrain web-1"});
}

TEST_CASE("the call of somebody who left before polkit answered is dropped", "[fault-55]")
{
    Strangers on;
    FakePolkit polkit{on.loop, on.bus.address()};
    auto leaving =
        std::make_unique<Client>(on.loop, on.bus.address(), Client::Options{.user = nobody});
    auto call = std::make_unique<Asked>(*leaving, manager_path, manager_interface, "Undrain");
    REQUIRE(until(on.loop, [&] { return !polkit.questions.empty(); }));
    leaving.reset();
    polkit.answer(true);
    // Polkit's answer to this one follows the other's on the same way.
    Asked after{on.stranger, role_path_web, role_interface, "Undrain"};
    REQUIRE(until(on.loop, [&] { return !polkit.questions.empty(); }));
    polkit.answer(true);
    REQUIRE(until(on.loop, [&] { return after.answered; }));
    CHECK(on.control.asked == std::vector<std::string>{"undrain web-1"});
}

TEST_CASE("a role that vanished before polkit answered is no such role")
{
    Strangers on;
    FakePolkit polkit{on.loop, on.bus.address()};
    Asked undrain{on.stranger, role_path_web, role_interface, "Undrain"};
    REQUIRE(until(on.loop, [&] { return !polkit.questions.empty(); }));
    on.service.publish({});
    on.control.unknown_role = "web-1";
    polkit.answer(true);
    REQUIRE(until(on.loop, [&] { return undrain.answered; }));
    CHECK(undrain.reply.error == "org.realserverd.RealServer1.Error.NoSuchRole");
}

TEST_CASE("one caller cannot pile up undecided calls")
{
    Strangers on;
    FakePolkit polkit{on.loop, on.bus.address()};
    std::vector<std::unique_ptr<Asked>> calls;
    for (int i = 0; i < 17; ++i) {
        calls.push_back(
            std::make_unique<Asked>(on.stranger, manager_path, manager_interface, "Undrain"));
    }
    REQUIRE(until(on.loop, [&] { return calls.back()->answered; }));
    CHECK(calls.back()->reply.error == "org.freedesktop.DBus.Error.LimitsExceeded");
    CHECK(on.root.call(manager_path, manager_interface, "Reload").error.empty());
    REQUIRE(until(on.loop, [&] { return polkit.questions.size() == 16; }));
    for (int i = 0; i < 16; ++i) {
        polkit.answer(false);
    }
    REQUIRE(until(on.loop, [&] { return calls[15]->answered; }));
    Asked again{on.stranger, manager_path, manager_interface, "Undrain"};
    REQUIRE(until(on.loop, [&] { return !polkit.questions.empty(); }));
    polkit.answer(true);
    CHECK(until(on.loop, [&] { return again.answered; }));
}

TEST_CASE("a call that polkit had not decided when the bus died is never done")
{
    Strangers on;
    auto polkit = std::make_unique<FakePolkit>(on.loop, on.bus.address());
    Asked undrain{on.stranger, manager_path, manager_interface, "Undrain"};
    REQUIRE(until(on.loop, [&] { return !polkit->questions.empty(); }));
    on.bus.kill();
    REQUIRE(until(on.loop, [&] { return undrain.answered && !on.service.connected(); }));
    on.bus.start();
    REQUIRE(until(on.loop, [&] { return on.service.connected(); }));
    CHECK(on.control.asked.empty());
}

TEST_CASE("the service may end while polkit thinks")
{
    PrivateBus bus;
    Loop loop;
    FakeControl control;
    auto service = std::make_unique<BusService>(loop, control, BusKind::system);
    REQUIRE(until(loop, [&] { return service->connected(); }));
    FakePolkit polkit{loop, bus.address()};
    Client stranger{loop, bus.address(), {.user = nobody}};
    Asked undrain{stranger, manager_path, manager_interface, "Undrain"};
    REQUIRE(until(loop, [&] { return !polkit.questions.empty(); }));
    service.reset();
    REQUIRE(until(loop, [&] { return undrain.answered; }));
    CHECK(undrain.reply.error == "org.freedesktop.DBus.Error.NoReply");
    CHECK(control.asked.empty());
}
