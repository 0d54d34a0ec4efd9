#include "strangers.hpp"
#include "support/catch.hpp"

#include <pwd.h>

using namespace rs;
using namespace rs::test;

TEST_CASE("a stranger may read everything")
{
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
    CHECK(stranger.property(log_control_path, log_control_interface, "LogLevel").body ==
          "\"info\"");
    stranger.listen();
    on.service.emit({"drift", "", "something"});
    CHECK(until(on.loop, [&] { return !stranger.heard.empty(); }));
}

TEST_CASE("without polkit a stranger may change nothing")
{
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
    Strangers on;
    const auto set = on.stranger.call(log_control_path, properties, "Set", "ssv",
                                      log_control_interface, "LogLevel", "s", "debug");
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
    Strangers on;
    Client neighbour{on.loop, on.bus.address()};
    REQUIRE(sd_bus_request_name(neighbour.native(), "org.example.Neighbour", 0) > 0);
    const auto call = on.stranger.new_call("/", properties, "Get", "org.example.Neighbour");
    REQUIRE(sd_bus_message_append(call.get(), "ss", "a.b", "C") >= 0);
    CHECK(on.stranger.call(call).error == access_denied);
}

TEST_CASE("the bus policy keeps the name for root and the daemon's user")
{
    PrivateBus bus;
    Loop loop;
    Client stranger{loop, bus.address(), {.user = nobody}};
    CHECK(sd_bus_request_name(stranger.native(), "org.realserverd.RealServer1", 0) == -EACCES);
}

TEST_CASE("a daemon that is not root gets its name, and lets root and its own user drain")
{
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
    CHECK(root.call(log_control_path, properties, "Set", "ssv", log_control_interface, "LogLevel",
                    "s", "debug")
              .error.empty());
    CHECK(control.level == LogLevel::debug);
    CHECK(stranger.call(role_path_web, role_interface, "Undrain").error == access_denied);
    CHECK(control.asked == std::vector<std::string>{"undrain ", "undrain web-1"});
}
