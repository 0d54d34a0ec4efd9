#pragma once
#include "config/mistake.hpp"

#include <optional>
#include <string_view>

namespace rs {

// The first dotted key of more than 16 parts. toml++ limits how deep values nest, but a dotted key
// makes a table a part without any limit, and destroys them recursively: a long one overflows the
// stack. Reads only as much TOML as it takes to know keys from strings and comments.
[[nodiscard]] std::optional<Position> too_deep(std::string_view text);

} // namespace rs
