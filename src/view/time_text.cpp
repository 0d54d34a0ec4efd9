#include "view/time_text.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace rs {
namespace {

std::string formatted(const std::tm& parts, const char* format)
{
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

std::time_t seconds_of(WallTime time)
{
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::string two_units(std::int64_t big, const char* big_unit, std::int64_t small,
                      const char* small_unit)
{
    auto text = std::to_string(big) + big_unit;
    if (small != 0) {
        text += " " + std::to_string(small) + small_unit;
    }
    return text;
}

} // namespace

std::string rfc3339(WallTime time)
{
    const auto seconds = seconds_of(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    const auto fraction = time - std::chrono::floor<std::chrono::seconds>(time);
    const auto digits = std::to_string(fraction.count());
    return formatted(parts, "%Y-%m-%dT%H:%M:%S.") + std::string(6 - digits.size(), '0') + digits +
           "Z";
}

std::string local_time(WallTime time)
{
    const auto seconds = seconds_of(time);
    std::tm parts{};
    localtime_r(&seconds, &parts);
    return formatted(parts, "%Y-%m-%d %H:%M:%S");
}

std::string duration_text(std::chrono::microseconds duration)
{
    const auto seconds = std::max<std::int64_t>(
        0, std::chrono::duration_cast<std::chrono::seconds>(duration).count());
    if (seconds >= 86400) {
        return two_units(seconds / 86400, "d", seconds % 86400 / 3600, "h");
    }
    if (seconds >= 3600) {
        return two_units(seconds / 3600, "h", seconds % 3600 / 60, "min");
    }
    if (seconds >= 60) {
        return two_units(seconds / 60, "min", seconds % 60, "s");
    }
    return std::to_string(seconds) + "s";
}

} // namespace rs
