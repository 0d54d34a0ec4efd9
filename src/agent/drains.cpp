#include "agent/agent.hpp"
#include "model/errors.hpp"

#include <algorithm>
#include <system_error>

// The agent's side of draining: orders, counting, and what follows from a deadline.
namespace rs {
namespace {

constexpr std::chrono::seconds figures_age{1};

// Connections that a director sent before it knew may still be on their way.
constexpr std::chrono::seconds settle_time{1};

// Whose probes are blocked does not say that it noticed. By then keepalived has at its defaults:
// delay_loop 60 s, and connect_timeout 5 s twice with delay_before_retry 1 s between.
constexpr std::chrono::seconds probes_noticed{75};

bool directors_told(const RoleRun& run, const Moment& now)
{
    return std::ranges::all_of(run.directors, [&](const auto& known) {
        const auto& polls = known.second.polls;
        return !polls.polling(now.monotonic) || polls.told(false, now.monotonic);
    });
}

// What the kernel has to hold for a drain is put there in the next pass.
void note_drain(RoleRun& run, const Drain& drain, bool& unfinished)
{
    run.drain = drain;
    unfinished = unfinished || run.role.drain.probes;
}

} // namespace

std::vector<RoleRun*> Agent::selected(const std::string& role)
{
    std::vector<RoleRun*> runs;
    for (auto& run : runs_) {
        if (role.empty() || run.role.name == role) {
            runs.push_back(&run);
        }
    }
    if (runs.empty() && !role.empty()) {
        throw NoSuchRole{role};
    }
    return runs;
}

void Agent::drain(const std::string& role, std::optional<microseconds> timeout, bool persistent,
                  const Moment& now)
{
    const auto runs = selected(role);
    std::vector<Drain> before;
    for (auto* run : runs) {
        before.push_back(run->drain);
        const DrainRequested request{timeout.value_or(run->role.drain.timeout), persistent};
        note_drain(*run, on(run->drain, request, now), unfinished_);
    }
    try {
        save_drains();
    } catch (const std::system_error& error) {
        for (std::size_t i = 0; i != runs.size(); ++i) {
            runs[i]->drain = before[i];
        }
        throw std::runtime_error{
            std::string{"not drained, because the drain cannot be noted for a restart: "} +
            error.what()};
    }
    for (const auto* run : runs) {
        tell("drain", run->role.name, std::string{to_string(run->state())});
    }
    follow_drains(now);
}

void Agent::undrain(const std::string& role, const Moment& now)
{
    for (auto* run : selected(role)) {
        note_drain(*run, on(run->drain, UndrainRequested{}, now), unfinished_);
        run->drain_problem.clear();
        tell("drain", run->role.name, std::string{to_string(run->state())});
    }
    try_to_save_drains();
}

bool Agent::draining() const
{
    return std::ranges::any_of(
        runs_, [](const RoleRun& run) { return std::holds_alternative<Draining>(run.drain); });
}

void Agent::drain_to_stop(microseconds timeout, const Moment& now)
{
    stopping_ = true;
    for (auto& run : runs_) {
        note_drain(run, on(run.drain, DrainRequested{timeout, false}, now), unfinished_);
    }
    follow_drains(now);
}

void Agent::follow_drains(const Moment& now)
{
    bool changed = false;
    for (auto& run : runs_) {
        if (std::holds_alternative<Draining>(run.drain)) {
            follow(run, now);
            changed = changed || std::holds_alternative<Drained>(run.drain);
        }
    }
    if (changed) {
        try_to_save_drains();
    }
}

void Agent::follow(RoleRun& run, const Moment& now)
{
    changed_ = true;
    run.counted.reset();
    count(run, now);
    const auto settle = run.role.drain.probes ? probes_noticed : settle_time;
    run.drain = on(run.drain, Observed{run.connections, directors_told(run, now), settle}, now);
    const auto* drained = std::get_if<Drained>(&run.drain);
    if (drained == nullptr) {
        return;
    }
    tell("drain", run.role.name,
         drained->timed_out
             ? "drained by its deadline, connections left: " + std::to_string(run.connections)
             : std::string{"drained"});
    if (drained->timed_out && run.role.drain.on_timeout == OnTimeout::reset) {
        end_of_patience(run);
    }
}

void Agent::end_of_patience(RoleRun& run)
{
    try {
        const auto closed = connections_.reset({run.role.vips, run.role.services});
        run.connections -= std::min(run.connections, closed);
        tell("drain", run.role.name, "connections reset: " + std::to_string(closed));
    } catch (const std::system_error& error) {
        run.drain_problem =
            error.code() == std::errc::operation_not_supported
                ? "drain.on_timeout = \"reset\": this kernel cannot close other programs' "
                  "connections (it lacks CONFIG_INET_DIAG_DESTROY); they were left alone"
                : std::string{"drain.on_timeout = \"reset\": "} + error.what();
        tell("failure", run.role.name, run.drain_problem);
    }
}

void Agent::count(RoleRun& run, const Moment& now)
{
    if (run.counted && now.monotonic - *run.counted < figures_age) {
        return;
    }
    run.counted = now.monotonic;
    try {
        run.connections = connections_.count({run.role.vips, run.role.services});
    } catch (const std::system_error& error) {
        // Better to wait for the deadline than to call a role drained that was not counted.
        run.connections = std::max(run.connections, 1U);
        tell("failure", run.role.name, std::string{"counting connections: "} + error.what());
    }
}

std::uint32_t Agent::connections(const std::string& role, const Moment& now)
{
    std::uint32_t sum{};
    for (auto* run : selected(role)) {
        count(*run, now);
        sum += run->connections;
    }
    return sum;
}

void Agent::save_drains()
{
    if (stopping_) {
        return;
    }
    Drains drains;
    for (const auto& run : runs_) {
        drains.emplace(run.role.name, run.drain);
    }
    if (const auto problem = store_.save(drains); !problem.empty()) {
        tell("failure", "",
             "the next reboot will find the drains as they were noted before: " + problem);
    }
}

void Agent::try_to_save_drains()
{
    try_to([this] { save_drains(); },
           "the next restart will find the drains as they were noted before");
}

} // namespace rs
