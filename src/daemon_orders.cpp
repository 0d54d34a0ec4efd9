#include "config/config.hpp"
#include "daemon.hpp"
#include "event/notify.hpp"
#include "logging.hpp"
#include "model/errors.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>

// What people order: drain, undrain, reload, stop.
namespace rs {

using namespace std::chrono_literals;

namespace {

// Longer than honest callers need, and less than the next life needs to begin.
constexpr auto leave_patience = 500ms;

} // namespace

void Daemon::refuse_while_stopping() const
{
    if (stopping_) {
        throw std::runtime_error{"the daemon is stopping"};
    }
}

void Daemon::drain(const std::string& role, const DrainRequest& request)
{
    refuse_while_stopping();
    agent_.drain(role, request.timeout, request.persistent, moment());
    publish();
    look_timer_->arm(Clock::now()); // for what a drain changes in the kernel
}

void Daemon::undrain(const std::string& role)
{
    refuse_while_stopping();
    agent_.undrain(role, moment());
    publish();
    look_timer_->arm(Clock::now());
}

// A refusal stays in the status: whoever looks later is to know that the files are not in force.
void Daemon::reload()
{
    refuse_while_stopping();
    try {
        load();
        reload_refusal_.clear();
    } catch (const std::exception& error) {
        reload_refusal_ = std::string{"the last reload was refused: "} + error.what();
        std::ranges::replace(reload_refusal_, '\n', ' ');
        publish();
        throw;
    }
    publish();
}

void Daemon::load()
{
    auto loaded = load_config(directories_.config);
    auto* located = std::get_if<LocatedConfig>(&loaded);
    const auto mistakes = located == nullptr ? std::get<Mistakes>(loaded)
                                             : check_against_host(*located, kernel_.observe());
    if (located == nullptr || !mistakes.empty()) {
        throw BadConfiguration{to_string(mistakes)};
    }
    const auto reasons = agent_.reload(std::move(located->config), moment());
    if (!reasons.empty()) {
        std::string text = "the running configuration stays:";
        for (const auto& reason : reasons) {
            text += "\n" + reason;
        }
        throw std::runtime_error{text};
    }
    const auto& config = agent_.config();
    front_.configure(config);
    checker_.configure(config);
    rs::set_log_level(config.node.log_level);
}

void Daemon::reload_by_signal()
{
    notify::reloading();
    try {
        reload();
    } catch (const std::exception& error) {
        spdlog::error("reload: {}", error.what());
    }
    front_.sync();
}

// Whoever waited for `systemctl reload` finds the ports open and the answers changed.
void Daemon::finish_reload()
{
    if (!stopping_) {
        ready_ = true;
        notify::ready();
    }
}

std::uint32_t Daemon::connections(const std::string& role)
{
    return agent_.connections(role, moment());
}

LogLevel Daemon::log_level() const
{
    return rs::log_level();
}

void Daemon::set_log_level(LogLevel level)
{
    rs::set_log_level(level);
}

// A second signal while draining ends the wait.
void Daemon::begin_stop()
{
    const auto& stop = agent_.config().node.stop;
    const bool waits = !stopping_ && stop.drain;
    if (!stopping_) {
        notify::stopping(stop.timeout + 10s);
        spdlog::info("stopping");
    }
    stopping_ = true;
    if (waits) {
        agent_.drain_to_stop(stop.timeout, moment());
        publish();
        look_timer_->arm(Clock::now());
    }
    if (!waits || !agent_.draining()) {
        end_stop();
    }
}

void Daemon::end_stop()
{
    for (const auto& left : agent_.stop()) {
        spdlog::error("left behind: {}", left);
        exit_status_ = EXIT_FAILURE;
    }
    publish();
    loop_.stop();
}

void Daemon::leave_in_place()
{
    notify::stopping(5s);
    spdlog::info("leaving everything in place for the next daemon");
    leave_timer_->arm(Clock::now() + leave_patience);
    front_.finish();
}

// The next life of the daemon gets another one, and what is in the kernel stays until then. A stop
// has no next life: it goes on, and directors that find nobody send nobody.
void Daemon::lose_front(const std::string& why) const
{
    if (!stopping_) {
        throw std::runtime_error{why};
    }
    spdlog::error("{}; the stop goes on without it", why);
}

} // namespace rs
