#pragma once
#include "model/role.hpp"
#include "model/status.hpp"

namespace rs {

// To the journal with its fields when systemd connected stderr to it, else to stderr.
void start_logging();

[[nodiscard]] LogLevel log_level();
void set_log_level(LogLevel level);

// One line: the level follows from what kind of event it is.
void log(const Event& event);

} // namespace rs
