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
    std::array<char, 32> text{};
    const auto length = ::pread(fd, text.data(), text.size(), 0);
    int value{};
    if (length <= 0 ||
        std::from_chars(text.data(), text.data() + length, value).ec != std::errc{}) {
        return std::nullopt;
    }
    return value;
}

std::optional<int> read_sysctl(const std::string& device, const std::string& key)
{
    const auto file = open_sysctl(device, key, O_RDONLY);
    return file ? read_sysctl(file.value()) : std::nullopt;
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
