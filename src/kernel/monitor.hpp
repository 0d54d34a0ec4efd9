#pragma once
#include "kernel/linux_kernel.hpp"
#include "kernel/listener.hpp"

namespace rs {

// Whether a notification is a reason to look at the host again. Routes of others are none, outside
// of table local: a routing daemon's feed must not wake us. With `main_table`, those that
// is_main_hint() names are.
[[nodiscard]] bool is_hint(const netlink::Message& message, bool main_table);

// Says when to look again, never what there is: notifications may be lost, late or our own echo.
// Descriptors to wait on, level-triggered, and a call for each that empties it.
class Monitor {
public:
    // `receive_buffer` in bytes: what a storm may pile up while nobody reads. What `kernel` looks
    // at is a hint; it must outlive the monitor. Throws std::system_error.
    explicit Monitor(LinuxKernel& kernel, int receive_buffer = 8 << 20);

    [[nodiscard]] int netlink_fd() const { return netlink_.fd(); }

    // -1: the system has no inotify left; the audit finds what it would have told.
    [[nodiscard]] int inotify_fd() const { return kernel_->sysctl_files().inotify_fd(); }

    // -1 while the kernel's ruleset of nftables is not looked at, or does not tell: to be asked
    // for again. The audit finds what it would have told.
    [[nodiscard]] int ruleset_fd();

    // Reads what is pending; true: look again. Lost notifications (ENOBUFS) are a hint.
    // Throws std::system_error when the socket is broken.
    [[nodiscard]] bool drain_netlink();
    [[nodiscard]] bool drain_inotify();
    [[nodiscard]] bool drain_ruleset();

private:
    LinuxKernel* kernel_;
    netlink::Listener netlink_;
    std::optional<netlink::Listener> ruleset_;
};

} // namespace rs
