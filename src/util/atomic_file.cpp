#include "util/atomic_file.hpp"

#include "util/unique_fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace rs {
namespace {

constexpr std::size_t read_limit = 16U << 20U;

[[noreturn]] void fail(const std::string& what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

void write_all(int fd, std::string_view content, const std::string& path)
{
    while (!content.empty()) {
        const auto written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno != EINTR) {
            fail("write " + path);
        }
        content.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
}

UniqueFd open_directory(const std::string& directory)
{
    UniqueFd fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd) {
        fail("open " + directory);
    }
    return fd;
}

void write_beside(int directory, const std::string& name, std::string_view content)
{
    ::unlinkat(directory, name.c_str(), 0); // of a writer that died
    const UniqueFd file{::openat(directory, name.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                 S_IRUSR | S_IWUSR)};
    if (!file) {
        fail("create " + name);
    }
    write_all(file.value(), content, name);
    if (::fsync(file.value()) != 0) {
        fail("fsync " + name);
    }
}

} // namespace

void write_atomically(const std::string& directory, const std::string& name,
                      std::string_view content)
{
    const auto parent = open_directory(directory);
    const auto fresh = name + ".new";
    try {
        write_beside(parent.value(), fresh, content);
        if (::renameat(parent.value(), fresh.c_str(), parent.value(), name.c_str()) != 0) {
            fail("rename " + directory + '/' + fresh);
        }
    } catch (const std::system_error&) {
        ::unlinkat(parent.value(), fresh.c_str(), 0);
        throw;
    }
    if (::fsync(parent.value()) != 0) {
        fail("fsync " + directory);
    }
}

std::optional<std::string> read_regular(const std::string& directory, const std::string& name)
{
    const auto path = directory + '/' + name;
    const UniqueFd file{
        ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
    if (!file) {
        if (errno == ENOENT || errno == ELOOP) {
            return std::nullopt;
        }
        fail("open " + path);
    }
    struct stat status {};
    if (::fstat(file.value(), &status) != 0) {
        fail("fstat " + path);
    }
    if (!S_ISREG(status.st_mode)) {
        return std::nullopt;
    }
    std::string content;
    std::array<char, 4096> block{};
    while (true) {
        const auto got = ::read(file.value(), block.data(), block.size());
        if (got < 0 && errno != EINTR) {
            fail("read " + path);
        }
        if (got == 0) {
            return content;
        }
        content.append(block.data(), got < 0 ? 0 : static_cast<std::size_t>(got));
        if (content.size() > read_limit) {
            throw std::system_error(EFBIG, std::generic_category(), "read " + path);
        }
    }
}

} // namespace rs
