#pragma once
#include <algorithm>
#include <chrono>

namespace rs::checks {

// When a run that began at `start` and ended at `end` is followed by the next. `jitter`, from -1 to
// 1, moves that by up to a tenth of the interval, so that checks of many hosts and roles do not
// stay in step; a run that took the whole interval leaves a tenth of it for what it ended.
template <typename Time>
[[nodiscard]] Time next_start(Time start, Time end, std::chrono::microseconds interval,
                              double jitter)
{
    const std::chrono::microseconds tenth = interval / 10;
    const auto moved = std::chrono::microseconds{
        static_cast<std::chrono::microseconds::rep>(static_cast<double>(tenth.count()) * jitter)};
    return std::max(start + interval + moved, end + tenth);
}

} // namespace rs::checks
