#pragma once
#include "bus/sdbus_compat.hpp"
#include "model/status.hpp"

// A status as D-Bus shows it; pure.
namespace rs {

using BusVip = sdbus::Struct<std::string, std::string, bool>;
using BusDirector = sdbus::Struct<std::string, std::uint64_t, std::string, bool, bool>;
using BusCheck = sdbus::Struct<std::string, std::string, bool, std::uint64_t>;
using BusDrift = sdbus::Struct<std::uint64_t, std::string>;

[[nodiscard]] std::vector<BusVip> bus_vips(const RoleStatus& status);
[[nodiscard]] std::vector<std::string> bus_services(const RoleStatus& status);
[[nodiscard]] std::vector<BusDirector> bus_directors(const RoleStatus& status);
[[nodiscard]] std::vector<BusCheck> bus_checks(const RoleStatus& status);
[[nodiscard]] std::vector<BusDrift> bus_drift(const RoleStatus& status);
[[nodiscard]] std::vector<std::string> bus_problems(const std::vector<std::string>& problems);
[[nodiscard]] std::uint64_t drain_since(const RoleStatus& status);
[[nodiscard]] std::uint64_t drain_deadline(const RoleStatus& status);
[[nodiscard]] bool drain_persistent(const RoleStatus& status);

// The properties of the Manager, or of a role, that differ: what PropertiesChanged has to name.
[[nodiscard]] std::vector<BusPropertyName> changed_properties(const NodeStatus& before,
                                                              const NodeStatus& after);
[[nodiscard]] std::vector<BusPropertyName> changed_properties(const RoleStatus& before,
                                                              const RoleStatus& after);

// /org/realserverd/RealServer1/role/NAME, escaped as sd-bus does.
[[nodiscard]] std::string role_path(const std::string& name);

} // namespace rs
