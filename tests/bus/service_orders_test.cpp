#include "fixture.hpp"
#include "strangers.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::test;

TEST_CASE("drain, undrain and reload of the node reach the agent")
{
    Running on;
    CHECK(on.root.call(manager_path, manager_interface, "Drain", "a{sv}", 0).error.empty());
    CHECK(on.root.call(manager_path, manager_interface, "Undrain").error.empty());
    CHECK(on.root.call(manager_path, manager_interface, "Reload").error.empty());
    CHECK(on.control.asked == std::vector<std::string>{"drain ", "undrain ", "reload"});
    CHECK(on.control.requests.front() == DrainRequest{std::nullopt, true});
}

TEST_CASE("drain and undrain of a role reach the agent with its name")
{
    Running on;
    CHECK(on.root
              .call(role_path_web, role_interface, "Drain", "a{sv}", 2, "timeout-usec", "t",
                    std::uint64_t{3'000'000}, "runtime", "b", 1)
              .error.empty());
    CHECK(on.root.call(role_path_web, role_interface, "Undrain").error.empty());
    CHECK(on.control.asked == std::vector<std::string>{"drain web-1", "undrain web-1"});
    CHECK(on.control.requests.front() == DrainRequest{std::chrono::seconds{3}, false});
}

TEST_CASE("an unknown option of drain is refused by name")
{
    Running on;
    const auto reply =
        on.root.call(manager_path, manager_interface, "Drain", "a{sv}", 1, "timeout", "s", "5m");
    CHECK(reply.error == "org.freedesktop.DBus.Error.InvalidArgs");
    CHECK(reply.message == "option 'timeout': unknown; allowed: 'timeout-usec' (t), 'runtime' (b)");
    CHECK(on.control.asked.empty());
}

TEST_CASE("an option of the wrong type is refused with the right one")
{
    Running on;
    const auto timeout =
        on.root.call(role_path_web, role_interface, "Drain", "a{sv}", 1, "timeout-usec", "s", "5m");
    CHECK(timeout.error == "org.freedesktop.DBus.Error.InvalidArgs");
    CHECK(timeout.message == "option 'timeout-usec': a value of type 's'; allowed: type 't', "
                             "microseconds, 0 waits without limit");
    const auto runtime = on.root.call(manager_path, manager_interface, "Drain", "a{sv}", 1,
                                      "runtime", "t", std::uint64_t{1});
    CHECK(runtime.message == "option 'runtime': a value of type 't'; allowed: type 'b'");
    CHECK(on.control.asked.empty());
}

TEST_CASE("what the agent refuses reaches the caller under its own name")
{
    Running on;
    on.control.unknown_role = "web-1";
    const auto gone = on.root.call(role_path_web, role_interface, "Undrain");
    CHECK(gone.error == "org.realserverd.RealServer1.Error.NoSuchRole");
    CHECK(gone.message == "no role is called 'web-1'");

    on.control.mistakes = "web.toml:1:1: vips: empty; an address";
    const auto mistaken = on.root.call(manager_path, manager_interface, "Reload");
    CHECK(mistaken.error == "org.realserverd.RealServer1.Error.BadConfiguration");
    CHECK(mistaken.message == "web.toml:1:1: vips: empty; an address");

    on.control.mistakes.clear();
    on.control.accident = "no memory \xfe left";
    const auto failed = on.root.call(manager_path, manager_interface, "Reload");
    CHECK(failed.error == "org.realserverd.RealServer1.Error.Failed");
    CHECK(failed.message == "no memory ? left");
}

TEST_CASE("an order is answered when it is in force, and others are meanwhile")
{
    Running on;
    on.control.is_slow = true;
    Asked drain{on.root, manager_path, manager_interface, "Undrain"};
    Asked reload{on.root, manager_path, manager_interface, "Reload"};
    REQUIRE(until(on.loop, [&] { return on.control.under_way.size() == 2; }));
    CHECK(on.root.property(manager_path, manager_interface, "Version").error.empty());
    CHECK((!drain.answered && !reload.answered));
    on.control.under_way[1](std::make_exception_ptr(BadConfiguration{"web.toml:1:1"}));
    REQUIRE(until(on.loop, [&] { return reload.answered; }));
    CHECK(reload.reply.error == "org.realserverd.RealServer1.Error.BadConfiguration");
    CHECK(!drain.answered);
    on.control.under_way[0](nullptr);
    REQUIRE(until(on.loop, [&] { return drain.answered; }));
    CHECK(drain.reply.error.empty());
}

TEST_CASE("an order that outlives the bus is answered to nobody")
{
    Running on;
    on.control.is_slow = true;
    const Asked undrain{on.root, manager_path, manager_interface, "Undrain"};
    REQUIRE(until(on.loop, [&] { return on.control.under_way.size() == 1; }));
    on.bus.kill();
    REQUIRE(until(on.loop, [&] { return !on.service.connected(); }));
    on.bus.start();
    REQUIRE(until(on.loop, [&] { return on.service.connected(); }));
    on.control.under_way[0](nullptr);
}

TEST_CASE("a caller with many orders under way may give no more")
{
    Running on;
    on.control.is_slow = true;
    std::vector<std::unique_ptr<Asked>> orders;
    for (int i = 0; i != 17; ++i) {
        orders.push_back(
            std::make_unique<Asked>(on.root, manager_path, manager_interface, "Undrain"));
    }
    REQUIRE(until(on.loop,
                  [&] { return orders.back()->answered && on.control.under_way.size() == 16; }));
    CHECK(orders.back()->reply.error == "org.freedesktop.DBus.Error.LimitsExceeded");
}

TEST_CASE("a call that removes its own role is answered")
{
    Running on;
    on.control.then = [&] { on.service.publish({}); };
    CHECK(on.root.call(role_path_web, role_interface, "Drain", "a{sv}", 0).error.empty());
    CHECK(on.root.property(role_path_web, role_interface, "Name").error ==
          "org.freedesktop.DBus.Error.UnknownObject");
}
