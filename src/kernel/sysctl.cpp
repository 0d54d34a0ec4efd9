#include "kernel/sysctl.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <charconv>

namespace rs {
namespace {

// The names of devices are the administrator's: none may lead elsewhere.
bool is_name(const std::string& text)
{
    return !text.empty() && text != "." && text != ".." && text.find('/') == std::string::npos &&
           text.find('\0') == std::string::npos;
}

SysctlReading look_up(int fd)
{
    std::array<char, 32> text{};
    const auto length = ::pread(fd, text.data(), text.size(), 0);
    if (length < 0) {
        return {0, errno};
    }
    SysctlReading reading;
    if (std::from_chars(text.data(), text.data() + length, reading.value).ec != std::errc{}) {
        reading.error = EIO;
    }
    return reading;
}

} // namespace

UniqueFd open_sysctl(const std::string& device, const std::string& key, int flags)
{
    if (!is_name(device) || !is_name(key)) {
        errno = EINVAL;
        return UniqueFd{};
    }
    const auto path = "/proc/sys/net/ipv4/conf/" + device + '/' + key;
    return UniqueFd{::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW)};
}

std::optional<int> read_sysctl(int fd)
{
    const auto reading = look_up(fd);
    return reading.error == 0 ? std::optional{reading.value} : std::nullopt;
}

std::optional<int> read_sysctl(const std::string& device, const std::string& key)
{
    const auto reading = look_up_sysctl(device, key);
    return reading.error == 0 ? std::optional{reading.value} : std::nullopt;
}

SysctlReading look_up_sysctl(const std::string& device, const std::string& key)
{
    const auto file = open_sysctl(device, key, O_RDONLY);
    return file ? look_up(file.value()) : SysctlReading{0, errno};
}

int write_sysctl(const std::string& device, const std::string& key, int value)
{
    const auto file = open_sysctl(device, key, O_WRONLY);
    if (!file) {
        return errno;
    }
    const auto text = std::to_string(value) + '\n';
    return ::write(file.value(), text.data(), text.size()) < 0 ? errno : 0;
}

} // namespace rs
