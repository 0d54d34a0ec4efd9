#include "fixture.hpp"
#include "log_of.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::test;

TEST_CASE("a bus that dies and returns finds the service again, with what changed meanwhile",
          "[fault-57]")
{
    Running on;
    on.bus.kill();
    REQUIRE(until(on.loop, [&] { return !on.service.connected(); }));
    auto status = one_role();
    status.state = RoleState::drained;
    status.roles.emplace_back().name = "new";
    on.service.publish(status);
    on.service.emit({"state", "", "nobody hears this"});
    on.bus.start();
    REQUIRE(until(on.loop, [&] { return on.service.connected(); }));
    Client client{on.loop, on.bus.address()};
    CHECK(client.property(manager_path, manager_interface, "State").body == "\"drained\"");
    CHECK(client.property("/org/realserverd/RealServer1/role/new", role_interface, "Name").body ==
          "\"new\"");
    CHECK(client.call(manager_path, manager_interface, "Undrain").error.empty());
    CHECK(on.control.asked == std::vector<std::string>{"undrain "});
}

TEST_CASE("without a bus at start the service waits for one", "[fault-57]")
{
    PrivateBus bus;
    bus.kill();
    Loop loop;
    FakeControl control;
    BusService service{loop, control, BusKind::system};
    service.publish(one_role());
    bool later{};
    const auto watch = loop.after(std::chrono::milliseconds{300}, [&] { later = true; });
    REQUIRE(until(loop, [&] { return later; }));
    CHECK_FALSE(service.connected());
    bus.start();
    CHECK(until(loop, [&] { return service.connected(); }));
}

TEST_CASE("a bus that has hung does not hang the loop, and is given up for the time being",
          "[fault-57]")
{
    PrivateBus bus;
    bus.freeze();
    Loop loop;
    FakeControl control;
    bool tried{};
    BusService service{loop, control, BusKind::system, [&] { tried = true; }};
    service.publish(one_role());
    bool turned{};
    const auto watch = loop.after(std::chrono::milliseconds{10}, [&] { turned = true; });
    REQUIRE(until(loop, [&] { return turned; }));
    CHECK_FALSE(tried);
    REQUIRE(until(loop, [&] { return tried; }));
    CHECK_FALSE(service.connected());
    bus.thaw();
    CHECK(until(loop, [&] { return service.connected(); }));
}

TEST_CASE("a bus that hangs later is given up before what it does not take piles up", "[fault-57]")
{
    Running on;
    on.bus.freeze();
    // More than the sockets hold: the rest waits in this process.
    for (int i = 0; i != 10'000; ++i) {
        on.service.emit({"drift", "web-1", std::string(4096, 'x')});
    }
    CHECK(on.service.connected());
    REQUIRE(until(on.loop, [&] { return !on.service.connected(); }));
    CHECK(on.service.problem() == "the bus has gone: it takes no messages");
    on.bus.thaw();
    CHECK(until(on.loop, [&] { return on.service.connected(); }));
}

TEST_CASE("a name that somebody else owns is told of, shown, and asked for until it is free",
          "[fault-58]")
{
    const LogOf log;
    PrivateBus bus;
    Loop loop;
    FakeControl control;
    auto other = std::make_unique<Client>(loop, bus.address());
    REQUIRE(sd_bus_request_name(other->native(), "org.realserverd.RealServer1", 0) > 0);
    BusService service{loop, control, BusKind::system};
    service.publish(one_role());
    REQUIRE(until(loop, [&] { return !service.problem().empty(); }));
    CHECK_FALSE(service.connected());
    const std::string problem = "org.realserverd.RealServer1 belongs to another process";
    CHECK(service.problem() == problem);
    const auto told = log.text();
    CHECK(told.find("[error] D-Bus: " + problem + "; realserverctl cannot reach this daemon") !=
          std::string::npos);
    CHECK(told.find(problem) == told.rfind(problem)); // once
    other.reset();
    CHECK(until(loop, [&] { return service.connected(); }));
    CHECK(service.problem().empty());
}

TEST_CASE("a call that is undecided when the bus dies is forgotten")
{
    Running on;
    const auto call = on.root.new_call(manager_path, manager_interface, "Undrain");
    Answer reply;
    bool answered{};
    on.root.send(call, reply, answered);
    on.bus.kill();
    REQUIRE(until(on.loop, [&] { return answered && !on.service.connected(); }));
    on.bus.start();
    REQUIRE(until(on.loop, [&] { return on.service.connected(); }));
}

TEST_CASE("the service can end at any time")
{
    PrivateBus bus;
    Loop loop;
    FakeControl control;
    {
        const BusService at_once{loop, control, BusKind::system};
    }
    auto service = std::make_unique<BusService>(loop, control, BusKind::system);
    REQUIRE(until(loop, [&] { return service->connected(); }));
    Client client{loop, bus.address()};
    CHECK(client.property(manager_path, manager_interface, "Version").error.empty());
    service.reset();
    CHECK(client.property(manager_path, manager_interface, "Version").error ==
          "org.freedesktop.DBus.Error.ServiceUnknown");
}
