#pragma once
#include <cstdint>
#include <string_view>

namespace rs {

// FNV-1a, for names and numbers that the same settings give in every life of the daemon.
[[nodiscard]] constexpr std::uint32_t hash_of(std::string_view text)
{
    std::uint32_t hash = 2'166'136'261U;
    for (const auto byte : text) {
        hash = (hash ^ static_cast<std::uint8_t>(byte)) * 16'777'619U;
    }
    return hash;
}

} // namespace rs
