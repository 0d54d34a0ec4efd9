#pragma once
#include "model/role.hpp"
#include "model/state.hpp"

namespace rs {

// What makes the directors' TCP checks of the role's ports fail, on every address of this host
// that a director may check. A check of a UDP service cannot be made to fail this way.
[[nodiscard]] State probe_blocks(const Role& role, const Host& host);

} // namespace rs
