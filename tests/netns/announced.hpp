#pragma once
#include "arp_invariant.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <new>

namespace rs {

// SECCOMP_IOCTL_NOTIF_SET_FLAGS and SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP, which headers before 6.6
// do not have.
constexpr unsigned long set_listener_flags = SECCOMP_IOW(4, std::uint64_t);
constexpr unsigned long wake_up_here = 1;

// A process that waits at each of its system calls until `listener` lets it go on.
struct Announced {
    pid_t process{};
    UniqueFd ended; // readable when it has
    UniqueFd listener;
};

// Does not return: the command runs with every call of it announced at a descriptor whose number is
// left in `listener`.
[[noreturn]] inline void become(char** command, std::atomic<int>& listener)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    sock_filter announce = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    const sock_fprog program{1, &announce};
    // From here on each call waits for the parent.
    listener = static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                          SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
    ::execv(*command, command);
    ::_exit(127);
}

// Throws std::system_error.
inline Announced announce(char** command)
{
    void* shared = ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto& number = *new (shared) std::atomic<int>{-1};
    Announced announced;
    announced.process = ::fork();
    if (announced.process == 0) {
        become(command, number);
    }
    announced.ended = UniqueFd{static_cast<int>(::syscall(SYS_pidfd_open, announced.process, 0))};
    while (number == -1) { // a word in memory has no event
        ::usleep(50);
    }
    announced.listener = UniqueFd{
        static_cast<int>(::syscall(SYS_pidfd_getfd, announced.ended.value(), number.load(), 0))};
    if (!announced.listener) {
        fail("pidfd_getfd");
    }
    // One of the two always waits for the other: on one processor that is much cheaper.
    ::ioctl(announced.listener.value(), set_listener_flags, wake_up_here); // since Linux 6.6
    return announced;
}

} // namespace rs
