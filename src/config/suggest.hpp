#pragma once
#include <span>
#include <string>
#include <string_view>

namespace rs {

// How many letters must be added, left out, replaced or swapped with their neighbour to turn one
// word into the other (optimal string alignment).
[[nodiscard]] std::size_t distance(std::string_view left, std::string_view right);

// The word meant by a slip of at most two letters (one in short words) or by its start, or empty.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> words);

// `, did you mean "services"?`, or nothing if no word is near.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string_view> words);

} // namespace rs
