#include "front/confine.hpp"

#include "util/handle.hpp"

#include <linux/capability.h>

#include <fcntl.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace rs {
namespace {

void check(int result, const char* what)
{
    if (result < 0) {
        throw std::system_error(result == -1 ? errno : -result, std::generic_category(), what);
    }
}

// A health port below 1024 is the one thing that takes a capability.
constexpr int kept = CAP_NET_BIND_SERVICE;

void drop_capabilities()
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> sets{};
    check(static_cast<int>(::syscall(SYS_capget, &header, sets.data())), "capget");
    constexpr std::array<std::uint32_t, 2> mask{1U << kept, 0};
    bool surplus = false;
    for (std::size_t i = 0; i != sets.size(); ++i) {
        auto& set = sets.at(i);
        surplus = surplus || (set.permitted & ~mask.at(i)) != 0;
        set = {set.effective & mask.at(i), set.permitted & mask.at(i), 0};
    }
    // Only root has: a service has none of them left, and may not even ask. What it could still
    // inherit is nothing where no file gives capabilities and nothing is executed.
    if (surplus) {
        check(static_cast<int>(::syscall(SYS_capset, &header, sets.data())), "capset");
    }
    check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
}

// The service manager allows more to the daemon, of which this process is a part.
constexpr std::array refused{
    // programs and other processes
    "execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "kill", "tkill",
    "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open", "pidfd_getfd", "pidfd_send_signal",
    "setpriority", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr",
    "ioprio_set",
    // files
    "openat2", "creat", "mknod", "mknodat", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat",
    "link", "linkat", "symlink", "symlinkat", "rename", "renameat", "renameat2", "truncate",
    "chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchownat", "utime", "utimes", "utimensat",
    "setxattr", "lsetxattr", "removexattr", "lremovexattr",
    // the kernel
    "bpf", "mount", "umount2", "move_mount", "open_tree", "fsopen", "pivot_root", "chroot", "setns",
    "unshare", "clone3", "keyctl", "add_key", "request_key", "perf_event_open", "userfaultfd",
    "io_uring_setup", "init_module", "finit_module", "kexec_load"};

class Filter {
public:
    Filter()
    {
        if (!context_) {
            throw std::system_error(ENOMEM, std::generic_category(), "seccomp_init");
        }
    }

    template <typename... Condition>
    void refuse(const char* name, Condition... condition)
    {
        const int number = ::seccomp_syscall_resolve_name(name);
        if (number != __NR_SCMP_ERROR) { // else this libseccomp does not know it
            check(::seccomp_rule_add(context_.get(), SCMP_ACT_ERRNO(EPERM), number,
                                     sizeof...(condition), condition...),
                  name);
        }
    }

    void load() { check(::seccomp_load(context_.get()), "seccomp_load"); }

private:
    Handle<void, seccomp_release> context_{::seccomp_init(SCMP_ACT_ALLOW)};
};

void drop_system_calls()
{
    Filter filter;
    for (const auto* name : refused) {
        filter.refuse(name);
    }
    for (const unsigned flag : {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC}) {
        filter.refuse("open", SCMP_A1(SCMP_CMP_MASKED_EQ, flag, flag));
        filter.refuse("openat", SCMP_A2(SCMP_CMP_MASKED_EQ, flag, flag));
    }
    // Of itself only: abort() is to work.
    filter.refuse("tgkill", SCMP_A0(SCMP_CMP_NE, static_cast<scmp_datum_t>(::getpid())));
    filter.refuse("prlimit64", SCMP_A0(SCMP_CMP_NE, 0));
    filter.load();
}

} // namespace

void lower_ambient_capabilities() noexcept
{
    for (int capability = 0; capability <= CAP_LAST_CAP; ++capability) {
        if (capability != kept) {
            ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, capability, 0, 0);
        }
    }
}

void confine()
{
    const auto parent = ::getppid();
    drop_capabilities();
    drop_system_calls();
    check(::prctl(PR_SET_PDEATHSIG, SIGKILL), "PR_SET_PDEATHSIG");
    if (::getppid() != parent) {
        throw std::system_error(ESRCH, std::generic_category(), "the daemon is gone");
    }
}

} // namespace rs
