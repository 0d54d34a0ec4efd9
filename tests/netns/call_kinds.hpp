#pragma once
#include <linux/seccomp.h>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace rs {

inline std::string what_is_open(pid_t process, std::uint64_t fd)
{
    const auto path = "/proc/" + std::to_string(process) + "/fd/" + std::to_string(fd);
    std::array<char, 256> target{};
    const auto length = ::readlink(path.c_str(), target.data(), target.size());
    return length > 0 ? std::string{target.data(), static_cast<std::size_t>(length)} : "";
}

inline bool is_eventfd(pid_t process, std::uint64_t fd)
{
    return what_is_open(process, fd) == "anon_inode:[eventfd]";
}

// The code of the dynamic loader. What it does comes before anything of ours, and its errors are no
// concern here.
class Loader {
public:
    explicit Loader(pid_t process)
    {
        std::ifstream maps{"/proc/" + std::to_string(process) + "/maps"};
        Range range{};
        char dash{};
        std::string rest;
        while (maps >> std::hex >> range.from >> dash >> range.to && std::getline(maps, rest)) {
            if (rest.find("/ld-linux") != std::string::npos) {
                ranges_.push_back(range);
            }
        }
    }

    [[nodiscard]] bool makes(const seccomp_data& call) const
    {
        return std::ranges::any_of(ranges_, [&](const Range& range) {
            return call.instruction_pointer >= range.from && call.instruction_pointer < range.to;
        });
    }

private:
    struct Range {
        std::uint64_t from, to;
    };

    std::vector<Range> ranges_;
};

// No kernel lets these fail, and no libc is prepared for it.
inline bool never_fails(const seccomp_data& call, pid_t process)
{
    switch (call.nr) {
    case SYS_write:
        return is_eventfd(process, call.args[0]);
    case SYS_epoll_ctl:
        return call.args[1] == EPOLL_CTL_DEL;
    case SYS_exit:
    case SYS_exit_group:
    case SYS_futex:
    case SYS_getegid:
    case SYS_geteuid:
    case SYS_getgid:
    case SYS_getpid:
    case SYS_gettid:
    case SYS_getuid:
    case SYS_set_robust_list:
    case SYS_set_tid_address:
#ifdef SYS_arch_prctl
    case SYS_arch_prctl:
#endif
        return true;
    default:
        return false;
    }
}

inline bool sends(const seccomp_data& call)
{
    return call.nr == SYS_sendto || call.nr == SYS_sendmsg;
}

// What a full or broken disk makes fail: not the log, nor what only looks like a file.
inline bool writes_file(const seccomp_data& call, pid_t process)
{
    switch (call.nr) {
    case SYS_openat:
        return (call.args[2] & O_CREAT) != 0;
    case SYS_write: {
        const auto path = what_is_open(process, call.args[0]);
        return call.args[0] > STDERR_FILENO && path.starts_with('/') &&
               !path.starts_with("/proc/") && !path.starts_with("/dev/");
    }
    case SYS_fsync:
#ifdef SYS_renameat
    case SYS_renameat:
#endif
    case SYS_renameat2:
        return true;
    default:
        return false;
    }
}

// What a process does to itself alone, or to what ends with it.
constexpr std::array harmless{
#ifdef SYS_poll // newer architectures have only what took their place
    SYS_access,
    SYS_epoll_wait,
    SYS_poll,
    SYS_readlink,
#endif
    SYS_epoll_pwait,
    SYS_brk,
    SYS_close,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_faccessat2,
    SYS_fcntl,
    SYS_fstat,
    SYS_futex,
    SYS_getdents64,
    SYS_getegid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getpeername,
    SYS_getpid,
    SYS_getrandom,
    SYS_getsockname,
    SYS_getsockopt,
    SYS_gettid,
    SYS_getuid,
    SYS_inotify_add_watch,
    SYS_inotify_rm_watch,
    SYS_lseek,
    SYS_madvise,
    SYS_mmap,
    SYS_mprotect,
    SYS_munmap,
    SYS_newfstatat,
    SYS_ppoll,
    SYS_prctl,
    SYS_pread64,
    SYS_prlimit64,
    SYS_read,
    SYS_readlinkat,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_setsockopt,
    SYS_signalfd4,
    SYS_socket,
    SYS_statx,
    SYS_timerfd_create,
    SYS_timerfd_settime};

inline bool changes_nothing(const seccomp_data& call)
{
    return call.nr == SYS_openat ? (call.args[2] & (O_CREAT | O_TRUNC)) == 0
                                 : std::ranges::find(harmless, call.nr) != harmless.end();
}

} // namespace rs
