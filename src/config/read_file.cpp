#include "config/read_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <system_error>

namespace rs {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 20U;
constexpr int most_tries = 3;
// Whoever writes in place empties the file first. Longer than a tick of the clock of its times.
constexpr std::chrono::milliseconds settled{20};

Objection refused(int error, const std::string& allowed)
{
    return {"cannot be opened: " + std::generic_category().message(error), "expected " + allowed};
}

// Whoever can write here decides over the host's addresses.
std::optional<Objection> unsafe(const struct stat& status)
{
    if ((status.st_mode & S_IWOTH) != 0) {
        return Objection{"may be written by everybody", "expected no write permission for others"};
    }
    if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
        return Objection{"belongs to user " + std::to_string(status.st_uid),
                         "expected root or the running user as its owner"};
    }
    return std::nullopt;
}

std::optional<Objection> unreadable(const struct stat& status)
{
    if (!S_ISREG(status.st_mode)) {
        return Objection{"is not a file", "expected a regular file"};
    }
    if (status.st_size > static_cast<off_t>(most_bytes)) {
        return Objection{"is too large", "expected at most 1 MiB"};
    }
    return unsafe(status);
}

bool unchanged(const struct stat& left, const struct stat& right)
{
    const auto same = [](const timespec& a, const timespec& b) {
        return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
    };
    return left.st_size == right.st_size && same(left.st_mtim, right.st_mtim) &&
           same(left.st_ctim, right.st_ctim);
}

struct stat status_of(const UniqueFd& fd)
{
    struct stat status {};

    if (::fstat(fd.value(), &status) != 0) {
        throw std::system_error{errno, std::generic_category(), "fstat"};
    }
    return status;
}

// How long until the file was left alone long enough; not positive: it was.
std::chrono::nanoseconds unsettled(const struct stat& status)
{
    using namespace std::chrono;
    const auto modified = seconds{status.st_mtim.tv_sec} + nanoseconds{status.st_mtim.tv_nsec};
    const auto age = system_clock::now().time_since_epoch() - modified;
    return age < nanoseconds{0} ? nanoseconds{0} : settled - age; // or its time is made up
}

// All of the file from its start, but no more than one byte too many.
std::variant<std::string, Objection> content_of(const UniqueFd& fd)
{
    std::string text(most_bytes + 1, '\0');
    std::size_t length = 0;
    while (length != text.size()) {
        const auto got = ::pread(fd.value(), text.data() + length, text.size() - length,
                                 static_cast<off_t>(length));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return Objection{"cannot be read: " + std::generic_category().message(errno),
                             "expected a readable file"};
        }
        if (got == 0) {
            break;
        }
        length += static_cast<std::size_t>(got);
    }
    text.resize(length);
    text.shrink_to_fit();
    return text;
}

std::variant<std::optional<std::string>, Objection> read_steady(const UniqueFd& fd,
                                                                const Pause& pause)
{
    for (int i = 0; i != most_tries; ++i) {
        const auto before = status_of(fd);
        if (auto objection = unreadable(before)) {
            return std::move(*objection);
        }
        if (const auto time = unsettled(before); time.count() > 0) {
            pause(time);
        }
        auto content = content_of(fd);
        if (auto* const objection = std::get_if<Objection>(&content)) {
            return std::move(*objection);
        }
        if (unchanged(before, status_of(fd))) {
            return std::optional{std::get<std::string>(std::move(content))};
        }
    }
    return Objection{"changes while it is read", "expected it to be replaced by rename"};
}

} // namespace

std::variant<UniqueFd, Objection> open_safe_directory(int at, const std::string& path)
{
    UniqueFd fd{::openat(at, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd) {
        if (errno == ENOENT) {
            return fd;
        }
        return refused(errno, "a readable directory");
    }
    if (auto objection = unsafe(status_of(fd))) {
        return std::move(*objection);
    }
    return fd;
}

std::variant<std::optional<std::string>, Objection>
read_file(const UniqueFd& directory, const std::string& name, const Pause& pause)
{
    // O_NONBLOCK: a FIFO would wait for a writer.
    const UniqueFd fd{::openat(directory.value(), name.c_str(),
                               O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
    if (fd) {
        return read_steady(fd, pause);
    }
    switch (errno) {
    case ENOENT:
        return std::optional<std::string>{};
    case ELOOP:
        return Objection{"is a symbolic link",
                         "expected a regular file (the whole directory may be a link)"};
    case ENXIO: // a socket
        return Objection{"is not a file", "expected a regular file"};
    default:
        return refused(errno, "a readable file");
    }
}

} // namespace rs
