#pragma once
#include "model/status.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>

// The status and the health endpoint's counters in Prometheus' text format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/). Names are stable, as in status.
namespace rs {

// Why a connection was closed without the answer that was asked for.
enum class CutOff : std::uint8_t {
    not_allowed, // 403, or closed when too many such came at once
    to_a_vip,    // asked at an address that every real server has
    too_many,    // of that address, or in all
    too_slow,    // to ask, or to take the answer
};
constexpr std::size_t cut_off_kinds = 4;
[[nodiscard]] std::string_view to_string(CutOff reason);

// What the health endpoint did since the daemon started.
struct EndpointCounters {
    std::map<unsigned, std::uint64_t> requests; // answered over HTTP, by status code
    std::uint64_t agent_checks{};
    std::array<std::uint64_t, cut_off_kinds> cut_offs{};
    std::size_t open{}; // connections now
    auto operator<=>(const EndpointCounters&) const = default;
};

[[nodiscard]] std::string metrics_text(const NodeStatus& status, const EndpointCounters& counters);

} // namespace rs
