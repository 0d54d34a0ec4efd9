#pragma once
#include "bus/sdbus_compat.hpp"

#include <utility>

namespace rs {

inline constexpr auto error_no_such_role = "org.realserverd.RealServer1.Error.NoSuchRole";
inline constexpr auto error_bad_configuration =
    "org.realserverd.RealServer1.Error.BadConfiguration";
inline constexpr auto error_failed = "org.realserverd.RealServer1.Error.Failed";
inline constexpr auto error_invalid_arguments = "org.freedesktop.DBus.Error.InvalidArgs";
inline constexpr auto error_access_denied = "org.freedesktop.DBus.Error.AccessDenied";
inline constexpr auto error_limits_exceeded = "org.freedesktop.DBus.Error.LimitsExceeded";
inline constexpr auto error_not_supported = "org.freedesktop.DBus.Error.NotSupported";

[[nodiscard]] sdbus::Error bus_error(const char* name, const std::string& message);
// What a caller is told of `error`.
[[nodiscard]] sdbus::Error bus_error(const std::exception& error);

// The border that no exception crosses but sdbus::Error, which reaches the caller: any other would
// end the process with sdbus-c++ 1.2.
template <typename Body>
auto reply(Body&& body) -> decltype(body())
{
    try {
        return std::forward<Body>(body)();
    } catch (const std::exception& error) {
        throw bus_error(error);
    }
}

} // namespace rs
