#pragma once
#include "model/role.hpp"
#include "model/state.hpp"

// What others did to the host that is not ours to put right, but that the administrator ought to
// know: one sentence each, with the remedy.
namespace rs {

// Whatever the roles are.
[[nodiscard]] std::vector<std::string> host_warnings(const Host& host);
[[nodiscard]] std::vector<std::string> role_warnings(const Role& role, const Host& host);

} // namespace rs
