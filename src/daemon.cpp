#include "daemon.hpp"

#include "event/notify.hpp"
#include "logging.hpp"

#include <spdlog/spdlog.h>

#include <malloc.h>

#include <algorithm>
#include <csignal>
#include <iterator>
#include <system_error>

namespace rs {
namespace {

using namespace std::chrono_literals;

// A bus that does not answer must not hold up those that wait for the VIPs.
constexpr auto bus_patience = 1s;
// Nor must a role that cannot be bound: what waits for us may be what it waits for. More than DHCP
// takes.
constexpr auto network_patience = 10s;
// A director waits that long for an answer after a start, lest it be no before each check has run.
constexpr auto check_patience = 2s;

// One line for `systemctl status`.
std::string status_line(const NodeStatus& status)
{
    if (status.roles.empty()) {
        return "no roles";
    }
    std::string line;
    for (const auto& role : status.roles) {
        line += (line.empty() ? "" : ", ") + role.name + ' ' + std::string{to_string(role.state)};
        if (role.state == RoleState::draining) {
            line += " (" + std::to_string(role.connections) + " connections)";
        }
    }
    return line;
}

} // namespace

Daemon::Daemon(LinuxKernel& kernel, Directories directories, Config config, UniqueFd front)
    : kernel_{kernel},
      directories_{std::move(directories)},
      store_{directories_.runtime, directories_.state},
      polls_{directories_.runtime},
      checked_{directories_.runtime},
      agent_{kernel_, connections_, store_, polls_, checked_, PROJECT_VERSION},
      front_{loop_,
             std::move(front),
             *this,
             {.polled = [this](const Poll& poll) { polled(poll); },
              .problems = [this] { publish(); },
              .bus_tried = [this] { try_bus(); },
              .alone = [this] { loop_.stop(); },
              .synced = [this] { finish_reload(); },
              .lost = [this](const std::string& why) { lose_front(why); }}},
      checker_{loop_, [this](const CheckOutcome& outcome) { checked(outcome); },
               [this](const std::string& problem) {
                   spdlog::warn("{}", problem);
                   publish();
               }},
      monitor_{kernel_},
      look_timer_{loop_.timer([this] { look(); })},
      arp_timer_{loop_.timer([this] { audit_arp(); })},
      audit_timer_{loop_.timer([this] { audit_all(); })},
      wake_timer_{loop_.timer([this] { wake(); })},
      bus_timer_{loop_.timer([this] { try_bus(); })},
      network_timer_{loop_.timer([this] {
          network_awaited_ = false;
          announce();
      })},
      health_timer_{loop_.timer([this] { open_health(); })},
      leave_timer_{loop_.timer([this] { loop_.stop(); })},
      network_awaited_{kernel_.observe().owned.empty()}
{
    rs::set_log_level(config.node.log_level);
    if (!kernel_.ledger_problem().empty()) {
        spdlog::warn("ledger: {}", kernel_.ledger_problem());
    }
    watch_signals();
    watch_kernel();
    front_.configure(config);
    agent_.start(std::move(config), moment());
    watch_ruleset();
    publish();
    checker_.configure(agent_.config());
    if (agent_.checks_pending()) {
        health_timer_->arm(Clock::now() + check_patience);
    } else {
        open_health();
    }
    begin_audits();
    bus_timer_->arm(Clock::now() + bus_patience);
    network_timer_->arm(Clock::now() + network_patience);
    ::malloc_trim(0); // the first pass is the largest; what it needed is not needed again
}

int Daemon::run()
{
    loop_.run();
    return exit_status_;
}

Moment Daemon::moment()
{
    return {Clock::now(),
            std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now())};
}

void Daemon::watch_signals()
{
    for (const auto signal : {SIGTERM, SIGINT}) {
        watches_.push_back(loop_.on_signal(signal, [this] { begin_stop(); }));
    }
    watches_.push_back(loop_.on_signal(SIGHUP, [this] { reload_by_signal(); }));
    watches_.push_back(loop_.on_signal(SIGUSR2, [this] { leave_in_place(); }));
}

void Daemon::try_bus()
{
    bus_tried_ = true;
    announce();
}

// Whoever waits for READY=1 may call realserverctl at once, and bind the VIPs.
void Daemon::announce()
{
    if (!ready_ && bus_tried_ && (!network_awaited_ || agent_.bound())) {
        ready_ = true;
        notify::ready();
    }
}

void Daemon::polled(const Poll& poll)
{
    agent_.polled(poll, moment());
    publish();
}

void Daemon::wake()
{
    wake_at_.reset();
    agent_.follow_drains(moment());
    look();
    if (stopping_ && !agent_.draining()) {
        end_stop();
    }
}

void Daemon::checked(const CheckOutcome& outcome)
{
    agent_.checked(outcome, moment());
    publish();
    if (!agent_.checks_pending()) {
        open_health();
    }
}

void Daemon::open_health()
{
    if (!std::exchange(health_open_, true)) {
        front_.open();
    }
}

void Daemon::arm_wake()
{
    const auto at = agent_.next_wake(moment());
    if (at && (!wake_at_ || *at < *wake_at_)) {
        wake_at_ = at;
        wake_timer_->arm(*at);
    }
}

std::vector<std::string> Daemon::problems() const
{
    auto problems = front_.problems();
    std::ranges::move(checker_.problems(), std::back_inserter(problems));
    if (!kernel_.ledger_problem().empty()) {
        problems.push_back("ledger: " + kernel_.ledger_problem());
    }
    if (!reload_refusal_.empty()) {
        problems.push_back(reload_refusal_);
    }
    return problems;
}

void Daemon::publish()
{
    arm_wake();
    auto problems = this->problems();
    if (!agent_.take_changed() && problems == problems_) {
        return;
    }
    problems_ = problems;
    auto status = agent_.status(moment());
    std::ranges::move(problems, std::back_inserter(status.problems));
    front_.publish(status);
    for (const auto& event : agent_.take_events()) {
        log(event);
        front_.emit(event);
    }
    if (auto line = status_line(status); line != shown_) {
        shown_ = std::move(line);
        notify::status(shown_);
    }
}

} // namespace rs
