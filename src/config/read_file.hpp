#pragma once
#include "config/mistake.hpp"
#include "util/unique_fd.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <variant>

namespace rs {

// A directory that only root and the running user may write to; owns no descriptor if there is
// none. `path` is relative to the directory `at`, or AT_FDCWD.
[[nodiscard]] std::variant<UniqueFd, Objection> open_safe_directory(int at,
                                                                    const std::string& path);

using Pause = std::function<void(std::chrono::nanoseconds)>;

// The content of a file as load() promises; none if there is no such file. What a name stands for
// is looked up once and the rest is done on the open file, so that a swap in between changes
// nothing. A file that was written a moment ago is given 20 ms without a change.
[[nodiscard]] std::variant<std::optional<std::string>, Objection>
read_file(const UniqueFd& directory, const std::string& name,
          const Pause& pause = std::this_thread::sleep_for<std::int64_t, std::nano>);

} // namespace rs
