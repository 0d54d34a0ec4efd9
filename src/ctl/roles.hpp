#pragma once
#include "model/status.hpp"

namespace rs::ctl {

// Throws Failure (Exit::no_such_role), with what was probably meant.
[[nodiscard]] const RoleStatus& role_of(const NodeStatus& status, const std::string& name);

// The names given on the command line, checked, each once; without any, those of all roles.
// Throws Failure (Exit::no_such_role) when any of them is unknown.
[[nodiscard]] std::vector<std::string> names_of(const NodeStatus& status,
                                                const std::vector<std::string>& given);

} // namespace rs::ctl
