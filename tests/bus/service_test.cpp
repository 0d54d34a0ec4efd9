#include "fixture.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::test;

namespace {

constexpr auto object_manager = "org.freedesktop.DBus.ObjectManager";

// The next `count` signals.
std::vector<Heard> hear(Running& on, std::size_t count)
{
    REQUIRE(until(on.loop, [&] { return on.root.heard.size() >= count; }));
    return std::exchange(on.root.heard, {});
}

// The order of signals on one connection is kept: once this event is heard, so is all before it.
void nothing_heard_but(Running& on, std::size_t count)
{
    on.service.emit({"mark", "", ""});
    const auto heard = hear(on, count + 1);
    CHECK(heard.size() == count + 1);
    CHECK(heard.back().body == R"("mark", "", "")");
}

} // namespace

TEST_CASE("the node's properties are those of the last status")
{
    Running on;
    CHECK(on.root.property(manager_path, manager_interface, "Version").body == "\"1.2.3\"");
    CHECK(on.root.property(manager_path, manager_interface, "State").body == "\"serving\"");
    CHECK(on.root.property(manager_path, manager_interface, "Drifts").body == "2");
    CHECK(on.root.property(manager_path, manager_interface, "Problems").body ==
          R"(["port 9180 is taken"])");
    CHECK(on.root.property(manager_path, manager_interface, "Missing").body ==
          R"(["no ARP guard"])");
}

TEST_CASE("connections are counted when somebody asks")
{
    Running on;
    CHECK(on.root.property(manager_path, manager_interface, "Connections").body == "30");
    CHECK(on.root.property(role_path_web, role_interface, "Connections").body == "7");
}

TEST_CASE("where connections cannot be counted the last known number is given")
{
    Running on;
    on.control.accident = "netlink is broken";
    CHECK(on.root.property(manager_path, manager_interface, "Connections").body == "5");
    CHECK(on.root.property(role_path_web, role_interface, "Connections").body == "5");
}

TEST_CASE("every property of a role is readable")
{
    Running on;
    auto status = one_role();
    auto& role = status.roles.front();
    role.state = RoleState::draining;
    role.drain = DrainStatus{at(1000), at(2000), true};
    role.directors = {{*parse_address("192.0.2.6"), at(77), "no", true, true},
                      {*parse_address("192.0.2.7"), std::nullopt, "", false, false}};
    role.checks = {{"tcp", "127.0.0.1:80", true, at(55)}};
    role.drift = {{at(9), "VIP 192.0.2.8 on lo was removed"}};
    role.problems = {"eth0 is down"};
    on.service.publish(status);
    CHECK(on.root.call(role_path_web, properties, "GetAll", "s", role_interface).body ==
          R"({"Checks": [("tcp", "127.0.0.1:80", true, 55)], "Connections": 7, )"
          R"("Directors": [("192.0.2.6", 77, "no", true, true), )"
          R"(("192.0.2.7", 0, "", false, false)], )"
          R"("DrainDeadlineUSec": 2000, "DrainPersistent": true, "DrainSinceUSec": 1000, )"
          R"("Drift": [(9, "VIP 192.0.2.8 on lo was removed")], "Forwarding": "dr", )"
          R"("InSync": true, "Name": "web-1", "Problems": ["eth0 is down"], )"
          R"("Services": ["80/tcp", "443/udp"], "State": "draining", )"
          R"("Vips": [("192.0.2.8", "lo", true), ("2001:db8::/64", "lo", false)]})");
}

TEST_CASE("a drain without a limit has no deadline")
{
    Running on;
    auto status = one_role();
    status.roles.front().drain = DrainStatus{at(1000), std::nullopt, false};
    on.service.publish(status);
    CHECK(on.root.property(role_path_web, role_interface, "DrainSinceUSec").body == "1000");
    CHECK(on.root.property(role_path_web, role_interface, "DrainDeadlineUSec").body == "0");
    CHECK(on.root.property(role_path_web, role_interface, "DrainPersistent").body == "false");
}

TEST_CASE("the object manager lists every role and nothing else")
{
    Running on;
    auto status = one_role();
    status.roles.front().vips.clear();
    status.roles.front().services.clear();
    on.service.publish(status);
    const auto reply = on.root.call(manager_path, object_manager, "GetManagedObjects");
    const std::string empty = R"("org.freedesktop.DBus.Introspectable": {}, )"
                              R"("org.freedesktop.DBus.Peer": {}, )"
                              R"("org.freedesktop.DBus.Properties": {}, )";
    CHECK(reply.body ==
          "{\"/org/realserverd/RealServer1/role/web_2d1\": {" + empty +
              R"("org.realserverd.RealServer1.Role": {"Checks": [], "Connections": 7, )"
              R"("Directors": [], "DrainDeadlineUSec": 0, "DrainPersistent": false, )"
              R"("DrainSinceUSec": 0, "Drift": [], "Forwarding": "dr", "InSync": true, )"
              R"("Name": "web-1", "Problems": [], "Services": [], "State": "serving", )"
              R"("Vips": []}}})");
}

TEST_CASE("a change is signalled with what changed and nothing else")
{
    Running on;
    on.root.listen();
    auto status = one_role();
    status.state = RoleState::draining;
    status.roles.front().state = RoleState::draining;
    status.roles.front().drain = DrainStatus{at(5), std::nullopt, true};
    on.service.publish(status);
    const auto heard = hear(on, 2);
    CHECK(heard[0].path == role_path_web);
    CHECK(heard[0].member == "PropertiesChanged");
    CHECK(heard[0].body == R"("org.realserverd.RealServer1.Role", {"DrainPersistent": true, )"
                           R"("DrainSinceUSec": 5, "State": "draining"}, [])");
    CHECK(heard[1].path == manager_path);
    CHECK(heard[1].body == R"("org.realserverd.RealServer1.Manager", {"State": "draining"}, [])");
    on.service.publish(status);
    nothing_heard_but(on, 0);
}

TEST_CASE("a signal carries the number of connections that was published, not a new count")
{
    Running on;
    on.root.listen();
    auto status = one_role();
    status.connections = 6;
    status.roles.front().connections = 6;
    on.service.publish(status);
    const auto heard = hear(on, 2);
    CHECK(heard[0].body == R"("org.realserverd.RealServer1.Role", {"Connections": 6}, [])");
    CHECK(heard[1].body == R"("org.realserverd.RealServer1.Manager", {"Connections": 6}, [])");
}

TEST_CASE("roles appear and vanish")
{
    Running on;
    on.root.listen();
    auto status = one_role();
    auto& second = status.roles.emplace_back();
    second.name = "tun";
    second.forwarding = Forwarding::tunnelling;
    on.service.publish(status);
    const auto added = hear(on, 1).front();
    CHECK(added.path == manager_path);
    CHECK(added.member == "InterfacesAdded");
    CHECK(added.body.starts_with(R"("/org/realserverd/RealServer1/role/tun", {)"));
    CHECK(added.body.find(R"("Forwarding": "tun", "InSync": false, "Name": "tun")") !=
          std::string::npos);
    CHECK(on.root.property("/org/realserverd/RealServer1/role/tun", role_interface, "Name").body ==
          "\"tun\"");

    status.roles.erase(status.roles.begin());
    on.service.publish(status);
    const auto removed = hear(on, 1).front();
    CHECK(removed.path == manager_path);
    CHECK(removed.member == "InterfacesRemoved");
    CHECK(removed.body.starts_with(R"("/org/realserverd/RealServer1/role/web_2d1", [)"));
    CHECK(removed.body.find("org.realserverd.RealServer1.Role") != std::string::npos);
    CHECK(on.root.property(role_path_web, role_interface, "Name").error ==
          "org.freedesktop.DBus.Error.UnknownObject");
    nothing_heard_but(on, 0);
}

TEST_CASE("an event is signalled, and what D-Bus cannot carry is replaced")
{
    Running on;
    on.root.listen();
    on.service.emit({"drift", "web-1", "device \xff\xc3\xa9 appeared"});
    const auto heard = hear(on, 1).front();
    CHECK(heard.path == manager_path);
    CHECK(heard.member == "Event");
    CHECK(heard.body == "\"drift\", \"web-1\", \"device ?\xc3\xa9 appeared\"");
}
