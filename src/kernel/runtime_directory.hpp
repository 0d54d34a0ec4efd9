#pragma once
#include "util/unique_fd.hpp"

#include <filesystem>

namespace rs {

// Opens the directory of what lasts until the next boot, and makes it if need be (mode 0700).
// Throws std::system_error; a directory that others can write to is refused (EPERM), because what
// stands in it is put into the kernel.
[[nodiscard]] UniqueFd open_runtime_directory(const std::filesystem::path& path);

// Held by the one agent that works on this host, until destroyed.
class RuntimeLock {
public:
    // Throws std::system_error: EWOULDBLOCK, with the other's process id, when it is taken.
    explicit RuntimeLock(const std::filesystem::path& directory);

private:
    UniqueFd file_;
};

} // namespace rs
