#include "checks/confine.hpp"

#include <linux/capability.h>

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>

namespace rs::checks {
namespace {

constexpr unsigned nobody = 65534;

void demand(bool good, const char* what)
{
    if (!good) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

using Capabilities = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

bool holds_any()
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    Capabilities now{};
    demand(::syscall(SYS_capget, &header, now.data()) == 0, "capget");
    return (now[0].permitted | now[1].permitted | now[0].effective | now[1].effective) != 0;
}

// From uid 0, which an exec would give everything back to.
void become_nobody()
{
    for (unsigned capability = 0; ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0;) {
        ++capability;
    }
    demand(::setgroups(0, nullptr) == 0, "setgroups");
    demand(::setresgid(nobody, nobody, nobody) == 0, "setresgid");
    demand(::setresuid(nobody, nobody, nobody) == 0, "setresuid");
}

// The first of the processes to go when memory runs out is never the daemon.
void volunteer_for_oom()
{
    const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file >= 0) {
        static_cast<void>(::write(file, "500", 3));
        ::close(file);
    }
}

} // namespace

void confine()
{
    demand(::syscall(SYS_close_range, 3U, ~0U, 0U) == 0 || errno == ENOSYS, "close_range");
    demand(::chdir("/") == 0, "chdir /");
    volunteer_for_oom();
    demand(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (::getuid() == 0 || ::geteuid() == 0) {
        become_nobody();
    }
    // The service's seccomp filter refuses this, but there nothing is left to drop.
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const Capabilities none{};
    ::syscall(SYS_capset, &header, none.data());
    demand(!holds_any(), "capset");
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // a change of uid has cleared it
}

} // namespace rs::checks
