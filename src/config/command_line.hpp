#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rs {

// The words of a command line that no shell will see: split at spaces; quotes of either kind keep
// words together, a backslash outside single quotes takes the next character as it is. Nothing is
// expanded. None when a quote is left open, the last character is a backslash, or no word is there.
[[nodiscard]] std::optional<std::vector<std::string>> split_words(std::string_view line);

} // namespace rs
