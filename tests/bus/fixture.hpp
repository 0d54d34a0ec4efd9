#pragma once
#include "bus/bus_service.hpp"
#include "client.hpp"
#include "fake_control.hpp"
#include "private_bus.hpp"

#include <sys/types.h>

namespace rs::test {

inline constexpr uid_t nobody = 65534; // whom only root can call as

inline constexpr auto manager_path = "/org/realserverd/RealServer1";
inline constexpr auto role_path_web = "/org/realserverd/RealServer1/role/web_2d1";
inline constexpr auto manager_interface = "org.realserverd.RealServer1.Manager";
inline constexpr auto role_interface = "org.realserverd.RealServer1.Role";
inline constexpr auto log_control_path = "/org/freedesktop/LogControl1";
inline constexpr auto log_control_interface = "org.freedesktop.LogControl1";
inline constexpr auto properties = "org.freedesktop.DBus.Properties";
inline constexpr auto access_denied = "org.freedesktop.DBus.Error.AccessDenied";

inline WallTime at(std::int64_t microseconds)
{
    return WallTime{std::chrono::microseconds{microseconds}};
}

inline RoleStatus web_role()
{
    RoleStatus role;
    role.name = "web-1";
    role.state = RoleState::serving;
    role.in_sync = true;
    role.vips = {{*parse_prefix("192.0.2.8"), "lo", true},
                 {*parse_prefix("2001:db8::/64"), "lo", false}};
    role.services = {{80, Protocol::tcp}, {443, Protocol::udp}};
    role.connections = 5;
    return role;
}

inline NodeStatus one_role()
{
    return {.version = "1.2.3",
            .state = RoleState::serving,
            .connections = 5,
            .drifts = 2,
            .roles = {web_role()},
            .problems = {"port 9180 is taken"},
            .missing = {"no ARP guard"}};
}

// A service with one role on a bus of its own, connected.
struct Running {
    explicit Running(BusPolicy policy = BusPolicy::shipped) : bus{policy}
    {
        service.publish(one_role());
        if (!until(loop, [&] { return service.connected(); })) {
            throw std::runtime_error("the service does not reach the bus");
        }
    }

    PrivateBus bus;
    Loop loop;
    FakeControl control;
    BusService service{loop, control, BusKind::system};
    Client root{loop, bus.address()};
};

} // namespace rs::test
