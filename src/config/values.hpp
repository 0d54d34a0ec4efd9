#pragma once
#include "model/role.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

// What single values look like in text. Nothing here looks at the host.
namespace rs {

// As systemd writes time spans, "5m", "30s", "500ms", "1h 30m", and "0"; whole numbers, and always
// with a unit. Up to a hundred years.
[[nodiscard]] std::optional<std::chrono::microseconds> parse_duration(std::string_view text);
// "1h30m", "0"
[[nodiscard]] std::string to_string(std::chrono::microseconds duration);

// A whole decimal number from 1 to 65535 without leading zeros.
[[nodiscard]] std::optional<Port> parse_port(std::string_view text);
// "80/tcp"
[[nodiscard]] std::optional<Service> parse_service(std::string_view text);
// "192.0.2.9:9180", "[2001:db8::9]:9180"
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view text);

// What the kernel accepts as the name of a network device (dev_valid_name in net/core/dev.c), less
// control characters and the words that mean something else in /proc/sys/net/ipv4/conf.
[[nodiscard]] bool is_device_name(std::string_view name);

} // namespace rs
