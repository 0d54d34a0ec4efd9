#include "daemon.hpp"

#include <spdlog/spdlog.h>

#include <system_error>

// What the kernel tells, and looking at it without being told.
namespace rs {

using namespace std::chrono_literals;

namespace {

constexpr auto arp_audit_period = 1s;
constexpr auto audit_period = 10s;
constexpr auto retry_look = 1s;

} // namespace

void Daemon::watch_kernel()
{
    watches_.push_back(loop_.on_readable(monitor_.netlink_fd(), [this] {
        if (monitor_.drain_netlink()) {
            look_again(hints_);
        }
    }));
    if (monitor_.inotify_fd() >= 0) {
        watches_.push_back(loop_.on_readable(monitor_.inotify_fd(), [this] {
            if (monitor_.drain_inotify()) {
                look_again(arp_hints_);
            }
        }));
    }
}

void Daemon::watch_ruleset()
{
    if (const auto fd = ruleset_watch_ ? -1 : monitor_.ruleset_fd(); fd >= 0) {
        ruleset_watch_ = loop_.on_readable(fd, [this] {
            if (monitor_.drain_ruleset()) {
                look_again(hints_);
            }
        });
    }
}

void Daemon::look_again(Budget& hints)
{
    const auto time = Clock::now();
    if (hints.spend(time)) {
        look();
    } else {
        look_timer_->arm(hints.available(time));
    }
}

void Daemon::look()
{
    try {
        agent_.reconcile(moment());
        watch_ruleset();
    } catch (const std::system_error& error) {
        spdlog::error("cannot look at the kernel: {}; trying again", error.what());
        look_timer_->arm(Clock::now() + retry_look);
    }
    publish();
    announce();
}

void Daemon::audit_arp()
{
    arp_timer_->arm(Clock::now() + arp_audit_period);
    if (kernel_.arp_values_changed() || kernel_.arp_guards_changed()) {
        look_again(arp_hints_);
    }
}

void Daemon::audit_all()
{
    audit_timer_->arm(Clock::now() + audit_period);
    look();
}

void Daemon::begin_audits()
{
    arp_timer_->arm(Clock::now() + arp_audit_period);
    audit_timer_->arm(Clock::now() + audit_period);
}

} // namespace rs
