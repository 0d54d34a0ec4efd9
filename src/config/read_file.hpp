#pragma once
#include "config/mistake.hpp"
#include "util/unique_fd.hpp"

#include <optional>
#include <string>
#include <variant>

namespace rs {

// A directory that only root and the running user may write to; owns no descriptor if there is
// none. `path` is relative to the directory `at`, or AT_FDCWD.
[[nodiscard]] std::variant<UniqueFd, Objection> open_safe_directory(int at,
                                                                    const std::string& path);

// The content of a file as load() promises; none if there is no such file. What a name stands for
// is looked up once and the rest is done on the open file, so that a swap in between changes
// nothing.
[[nodiscard]] std::variant<std::optional<std::string>, Objection>
read_file(const UniqueFd& directory, const std::string& name);

} // namespace rs
