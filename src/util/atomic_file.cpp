#include "util/atomic_file.hpp"

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

void write_all(int fd, std::string_view content, const std::string& name)
{
    while (!content.empty()) {
        const auto written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno != EINTR) {
            fail("write " + name);
        }
        content.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
}

void write_new(int directory, const std::string& name, std::string_view content)
{
    ::unlinkat(directory, name.c_str(), 0); // what a crash left
    const UniqueFd file{::openat(directory, name.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                 S_IRUSR | S_IWUSR)};
    if (!file) {
        fail("create " + name);
    }
    give_to_owner(directory, file.value());
    write_all(file.value(), content, name);
    if (::fsync(file.value()) != 0) {
        fail("fsync " + name);
    }
}

std::string read_all(int fd, const std::string& name)
{
    std::string content;
    std::array<char, 4096> block{};
    while (true) {
        const auto got = ::read(fd, block.data(), block.size());
        if (got < 0 && errno != EINTR) {
            fail("read " + name);
        }
        if (got == 0) {
            return content;
        }
        content.append(block.data(), got < 0 ? 0 : static_cast<std::size_t>(got));
        if (content.size() > read_limit) {
            throw std::system_error(EFBIG, std::generic_category(), "read " + name);
        }
    }
}

struct stat status_of(int file, const std::string& name)
{
    struct stat status {};

    if (::fstat(file, &status) != 0) {
        fail("fstat " + name);
    }
    return status;
}

// No link, which may lead anywhere, and of nobody but root, us, and the owner of the directory,
// whose files root reads as well.
bool is_ones_own(const struct stat& file, const struct stat& directory)
{
    return S_ISREG(file.st_mode) && file.st_nlink <= 1 &&
           (file.st_uid == 0 || file.st_uid == ::geteuid() || file.st_uid == directory.st_uid);
}

} // namespace

UniqueFd open_directory(const std::string& path)
{
    UniqueFd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd) {
        fail("open " + path);
    }
    return fd;
}

void give_to_owner(int directory, int file)
{
    if (::geteuid() != 0) {
        return; // it is the owner's already, and the service's sandbox refuses fchown()
    }
    const auto owner = status_of(directory, "the directory");
    if (owner.st_uid != 0 && ::fchown(file, owner.st_uid, owner.st_gid) != 0) {
        fail("fchown");
    }
}

void replace_file(int directory, const std::string& name, std::string_view content)
{
    const auto draft = name + ".new";
    try {
        write_new(directory, draft, content);
        if (::renameat(directory, draft.c_str(), directory, name.c_str()) != 0) {
            fail("rename " + draft);
        }
    } catch (const std::system_error&) {
        ::unlinkat(directory, draft.c_str(), 0);
        throw;
    }
    ::fsync(directory); // the rename itself; the content is safe already
}

std::optional<std::string> read_regular(int directory, const std::string& name)
{
    const UniqueFd file{::openat(directory, name.c_str(),
                                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
    if (!file) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        fail("open " + name);
    }
    if (!is_ones_own(status_of(file.value(), name),
                     status_of(directory, "the directory of " + name))) {
        throw std::system_error{EPERM, std::generic_category(),
                                "read " + name + ", which is a link, or somebody else's"};
    }
    return read_all(file.value(), name);
}

} // namespace rs
