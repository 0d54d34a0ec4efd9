#pragma once
#include "model/status.hpp"

#include <sdbus-c++/sdbus-c++.h>

#include <map>

// D-Bus properties to the values of the model. What is missing (an older daemon) stays default.
namespace rs::ctl {

using Properties = std::map<std::string, sdbus::Variant>;

// Both throw sdbus::Error for a property of another type than the interface says.
[[nodiscard]] RoleStatus role_from(const Properties& properties);
// Everything but the roles.
[[nodiscard]] NodeStatus node_from(const Properties& properties);

} // namespace rs::ctl
