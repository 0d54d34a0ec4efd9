#pragma once
#include "bus/control.hpp"
#include "bus/sdbus_compat.hpp"

#include <map>

namespace rs {

// Reads the a{sv} of Drain: "timeout-usec" t, "runtime" b. Throws sdbus::Error InvalidArgs, which
// names the option and what is allowed.
[[nodiscard]] DrainRequest drain_request(const std::map<std::string, sdbus::Variant>& options);

} // namespace rs
