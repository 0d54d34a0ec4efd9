#pragma once
#include "ctl/exit_status.hpp"

#include <string>

namespace rs::ctl {

// What a D-Bus error means for the user: the exit status and one clear sentence. `what` is what
// was tried, "drain web"; `host` is empty for this one.
[[nodiscard]] Failure bus_failure(const std::string& name, const std::string& message,
                                  const std::string& what, const std::string& host);

// For a bus that could not be reached at all.
[[nodiscard]] Failure no_bus(const std::string& message, const std::string& host);

} // namespace rs::ctl
