#pragma once
#include "model/state.hpp"
#include "util/unique_fd.hpp"

#include <optional>

// One value under /proc/sys/net/ipv4/conf/, of the network namespace of who opens it.
namespace rs {

// Owns no descriptor, with errno set, when there is no such file (ENOENT: no such device).
[[nodiscard]] UniqueFd open_sysctl(const std::string& device, const std::string& key, int flags);

// The value that stands in an open file now; none when its device is gone.
[[nodiscard]] std::optional<int> read_sysctl(int fd);
[[nodiscard]] std::optional<int> read_sysctl(const std::string& device, const std::string& key);

// The same for those to whom "gone" and "cannot be read just now" are not alike.
struct SysctlReading {
    int value{};
    int error{}; // 0, or errno: ENOENT without such a device
};

[[nodiscard]] SysctlReading look_up_sysctl(const std::string& device, const std::string& key);

// 0, or errno: ENOENT without such a device, EACCES without the right, EINVAL for no name at all.
[[nodiscard]] int write_sysctl(const std::string& device, const std::string& key, int value);

} // namespace rs
