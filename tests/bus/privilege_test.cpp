#include "fake_polkit.hpp"
#include "fixture.hpp"
#include "support/catch.hpp"

#include <pwd.h>

using namespace rs;
using namespace rs::test;

namespace {

constexpr auto properties = "org.freedesktop.DBus.Properties";

// A running service and a caller without rights. Only root can make one.
struct Strangers : Running {
    Client stranger{loop, bus.address(), {.user = nobody}};
};

// A call that is under way.
struct Asked {
    Asked(Client& client, const char* path, const char* interface, const char* method)
    {
        client.send(client.new_call(path, interface, method), reply, answered);
    }

    Asked(const Asked&) = delete;
    Asked& operator=(const Asked&) = delete;

    Answer reply;
    bool answered{};
};

// Whether a call was seen to be handled by now: messages of one sender keep their order.
bool still_alive(Running& on)
{
    return on.root.property(manager_path, manager_interface, "State").body == "\"serving\"";
}

} // namespace

TEST_CASE("a stranger may read everything")
{
    NEEDS_ROOT
    Strangers on;
    auto& stranger = on.stranger;
    CHECK(stranger.property(manager_path, manager_interface, "State").body == "\"serving\"");
    CHECK(stranger.call(manager_path, properties, "GetAll", "s", manager_interface).error.empty());
    CHECK(stranger.call(role_path_web, properties, "GetAll", "s", role_interface).error.empty());
    CHECK(stranger.call(manager_path, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
              .error.empty());
    CHECK(stranger.call(manager_path, "org.freedesktop.DBus.Introspectable", "Introspect")
              .error.empty());
    CHECK(stranger.call(manager_path, "org.freedesktop.DBus.Peer", "Ping").error.empty());
    CHECK(
        stranger.property("/org/freedesktop/LogControl1", "org.freedesktop.LogControl1", "LogLevel")
            .body == "\"info\"");
    stranger.listen();
    on.service.emit({"drift", "", "something"});
    CHECK(until(on.loop, [&] { return !stranger.heard.empty(); }));
}

TEST_CASE("without polkit a stranger may change nothing")
{
    NEEDS_ROOT
    Strangers on;
    auto& stranger = on.stranger;
    CHECK(stranger.call(manager_path, manager_interface, "Drain", "a{sv}", 0).error ==
          access_denied);
    CHECK(stranger.call(manager_path, manager_interface, "Undrain").error == access_denied);
    CHECK(stranger.call(manager_path, manager_interface, "Reload").error == access_denied);
    CHECK(stranger.call(role_path_web, role_interface, "Drain", "a{sv}", 0).error == access_denied);
    const auto undrain = stranger.call(role_path_web, role_interface, "Undrain");
    CHECK(undrain.error == access_denied);
    CHECK(undrain.message.find("polkit does not answer") != std::string::npos);
    CHECK(undrain.message.find("allowed: root, and whom polkit grants org.realserverd.drain") !=
          std::string::npos);
    CHECK(on.control.asked.empty());
}

TEST_CASE("the bus policy lets nobody through to anything that is not named in it")
{
    NEEDS_ROOT
    Strangers on;
    const auto set = on.stranger.call("/org/freedesktop/LogControl1", properties, "Set", "ssv",
                                      "org.freedesktop.LogControl1", "LogLevel", "s", "debug");
    CHECK(set.error == access_denied);
    CHECK(on.control.level == LogLevel::info);
    for (const auto& [interface, member] : std::vector<std::pair<const char*, const char*>>{
             {manager_interface, "Stop"},
             {"org.realserverd.RealServer1.Secret", "Drain"},
             {"", "Drain"},
             {properties, "SetAll"},
             {"org.freedesktop.DBus.Debug.Stats", "GetStats"}}) {
        CAPTURE(interface, member);
        CHECK(on.stranger.call(manager_path, interface, member).error == access_denied);
    }
    CHECK(on.control.asked.empty());
}

TEST_CASE("the bus policy opens no other service")
{
    NEEDS_ROOT
    Strangers on;
    Client neighbour{on.loop, on.bus.address()};
    REQUIRE(sd_bus_request_name(neighbour.native(), "org.example.Neighbour", 0) > 0);
    const auto call = on.stranger.new_call("/", properties, "Get", "org.example.Neighbour");
    REQUIRE(sd_bus_message_append(call.get(), "ss", "a.b", "C") >= 0);
    CHECK(on.stranger.call(call).error == access_denied);
}

TEST_CASE("the bus policy keeps the name for root and the daemon's user")
{
    NEEDS_ROOT
    PrivateBus bus;
    Loop loop;
    Client stranger{loop, bus.address(), {.user = nobody}};
    CHECK(sd_bus_request_name(stranger.native(), "org.realserverd.RealServer1", 0) == -EACCES);
}

TEST_CASE("a daemon that is not root gets its name, and lets root and its own user drain")
{
    NEEDS_ROOT
    PrivateBus bus;
    Loop loop;
    FakeControl control;
    // In the part of realserverd, whom a machine that runs tests does not have.
    const auto* const daemon = getpwnam("daemon");
    REQUIRE(daemon != nullptr);
    REQUIRE(seteuid(daemon->pw_uid) == 0);
    BusService service{loop, control, BusKind::system};
    service.publish(one_role());
    const bool connected = until(loop, [&] { return service.connected(); });
    CHECK(connected);
    Client itself{loop, bus.address()};
    if (connected) {
        CHECK(itself.call(manager_path, manager_interface, "Undrain").error.empty());
    }
    REQUIRE(seteuid(0) == 0);
    Client root{loop, bus.address()};
    Client stranger{loop, bus.address(), {.user = nobody}};
    CHECK(root.call(role_path_web, role_interface, "Undrain").error.empty());
    CHECK(root.call("/org/freedesktop/LogControl1", properties, "Set", "ssv",
                    "org.freedesktop.LogControl1", "LogLevel", "s", "debug")
              .error.empty());
    CHECK(control.level == LogLevel::debug);
    CHECK(stranger.call(role_path_web, role_interface, "Undrain").error == access_denied);
    CHECK(control.asked == std::vector<std::string>{"undrain ", "undrain web-1"});
}

TEST_CASE("whom polkit authorises may drain")
{
    NEEDS_ROOT
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
    NEEDS_ROOT
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
    NEEDS_ROOT
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
    NEEDS_ROOT
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
    NEEDS_ROOT
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

TEST_CASE("the call of somebody who left before polkit answered is dropped")
{
    NEEDS_ROOT
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
    NEEDS_ROOT
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
    NEEDS_ROOT
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
    NEEDS_ROOT
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
    NEEDS_ROOT
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
