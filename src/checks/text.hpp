#pragma once
#include <string>
#include <string_view>

namespace rs::checks {

// errno's words as part of a sentence: "connection refused".
[[nodiscard]] std::string error_text(int code);
// The same of anybody's words.
[[nodiscard]] std::string part_of_sentence(std::string text);
// The first line of what somebody has written, bounded, without control characters.
[[nodiscard]] std::string first_line(std::string_view output);

} // namespace rs::checks
