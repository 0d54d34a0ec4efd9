#pragma once
#include "model/status.hpp"

// Points in time, as programs and as people read them.
namespace rs {

// RFC 3339 in UTC with microseconds: "2026-03-01T09:05:00.000250Z".
[[nodiscard]] std::string rfc3339(WallTime time);
// In the zone of this process, to the second: "2026-03-01 10:05:00".
[[nodiscard]] std::string local_time(WallTime time);
// At most two units, whole seconds, never negative: "1h 5min", "4min 3s", "12s".
[[nodiscard]] std::string duration_text(std::chrono::microseconds duration);

} // namespace rs
