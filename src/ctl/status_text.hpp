#pragma once
#include "ctl/terminal.hpp"
#include "model/status.hpp"

// The status as people read it. Pure; local times are those of the process's zone.
namespace rs::ctl {

// A line a role, then what is not as it should be, a line each.
[[nodiscard]] std::string node_text(const NodeStatus& status, WallTime now, const Look& look);
// Everything there is to say about one role.
[[nodiscard]] std::string role_text(const RoleStatus& role, WallTime now, const Look& look);

} // namespace rs::ctl
