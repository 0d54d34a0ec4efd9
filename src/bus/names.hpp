#pragma once

namespace rs {

enum class BusKind : unsigned char { system, session };

inline constexpr auto bus_name = "org.realserverd.RealServer1";
inline constexpr auto node_path = "/org/realserverd/RealServer1";
inline constexpr auto role_path_prefix = "/org/realserverd/RealServer1/role";
inline constexpr auto log_path = "/org/freedesktop/LogControl1";

// The bus daemon itself.
inline constexpr auto driver_name = "org.freedesktop.DBus";
inline constexpr auto driver_path = "/org/freedesktop/DBus";

// polkit's actions, as in org.realserverd.policy
inline constexpr auto drain_action = "org.realserverd.drain";
inline constexpr auto reload_action = "org.realserverd.reload";

} // namespace rs
