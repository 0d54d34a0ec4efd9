#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace rs {

// Replaces the file `name` in `directory` (mode 0600): whoever reads it sees the old content or
// the new one, also after a crash or a power cut. Throws std::system_error, and then the old
// content stands.
void write_atomically(const std::string& directory, const std::string& name,
                      std::string_view content);

// The content of a regular file of at most 16 MiB; none where there is no such file, or a link or
// something else in its place. Throws std::system_error when it is there but cannot be read.
[[nodiscard]] std::optional<std::string> read_regular(const std::string& directory,
                                                      const std::string& name);

} // namespace rs
