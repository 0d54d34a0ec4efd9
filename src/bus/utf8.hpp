#pragma once
#include <string>
#include <string_view>

namespace rs {

// `text` with every byte that is not part of valid UTF-8, and every NUL, replaced by "?". D-Bus
// carries nothing else, while a device name or a file name may be any bytes.
[[nodiscard]] std::string valid_utf8(std::string_view text);

} // namespace rs
