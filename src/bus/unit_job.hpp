#pragma once
#include "bus/names.hpp"

#include <string>

namespace rs {

// What systemd is about to do with the unit of this process: "stop", "restart", "start"; empty:
// nothing. Throws sdbus::Error when it cannot be asked. Ends the process, with exit status 0 and a
// word on standard error, when the bus keeps it waiting.
[[nodiscard]] std::string job_of_own_unit(BusKind kind);

} // namespace rs
