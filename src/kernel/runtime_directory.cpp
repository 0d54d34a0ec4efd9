#include "kernel/runtime_directory.hpp"

#include "kernel/failure.hpp"
#include "util/atomic_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <array>

namespace rs {
namespace {

// "pid 123", for people only: the lock is what counts.
std::string holder(int file)
{
    std::array<char, 16> text{};
    const auto length = ::pread(file, text.data(), text.size(), 0);
    std::string pid{text.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
    pid.erase(std::min(pid.find_first_not_of("0123456789"), pid.size()));
    return pid.empty() ? "of unknown pid" : "pid " + pid;
}

// Whoever is first makes it.
UniqueFd open_lock(int directory)
{
    constexpr auto flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC;
    constexpr auto name = "lock";
    UniqueFd made{::openat(directory, name, flags | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR)};
    if (made) {
        give_to_owner(directory, made.value());
    } else if (errno == EEXIST) {
        return UniqueFd{::openat(directory, name, flags)};
    }
    return made;
}

} // namespace

UniqueFd open_runtime_directory(const std::filesystem::path& path)
{
    if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
        fail(path.string() + ": cannot be made");
    }
    UniqueFd directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};

    struct stat status {};

    if (!directory || ::fstat(directory.value(), &status) != 0) {
        fail(path.string() + ": cannot be opened");
    }
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        fail(path.string() + ": others can write to it; make it mode 0700", EPERM);
    }
    return directory;
}

RuntimeLock::RuntimeLock(const std::filesystem::path& directory)
{
    const auto name = (directory / "lock").string();
    const auto parent = open_runtime_directory(directory);
    file_ = open_lock(parent.value());
    if (!file_) {
        fail(name + ": cannot be opened");
    }
    if (::flock(file_.value(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            fail(name + ": another realserverd (" + holder(file_.value()) + ") works on this host",
                 EWOULDBLOCK);
        }
        fail(name + ": cannot be locked");
    }
    const auto pid = std::to_string(::getpid()) + '\n';
    if (::ftruncate(file_.value(), 0) != 0 || ::write(file_.value(), pid.data(), pid.size()) < 0) {
        fail(name + ": cannot be written");
    }
}

} // namespace rs
