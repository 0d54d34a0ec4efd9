#include "agent/agent.hpp"
#include "model/errors.hpp"

#include <algorithm>
#include <system_error>

// The agent's side of draining: orders, counting, and what follows from a deadline.
namespace rs {
namespace {

constexpr std::chrono::seconds figures_age{1};

// No director polls this agent yet, so nobody has to be told; new connections may still be on
// their way from a director that only now notices.
constexpr std::chrono::seconds settle_time{1};

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
    for (auto* run : selected(role)) {
        const DrainRequested request{timeout.value_or(run->role.drain.timeout), persistent};
        run->drain = on(run->drain, request, now);
        tell("drain", run->role.name, std::string{to_string(run->state())});
    }
    save_drains();
    follow_drains(now);
}

void Agent::undrain(const std::string& role, const Moment& now)
{
    for (auto* run : selected(role)) {
        run->drain = on(run->drain, UndrainRequested{}, now);
        run->drain_problem.clear();
        tell("drain", run->role.name, std::string{to_string(run->state())});
    }
    save_drains();
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
        run.drain = on(run.drain, DrainRequested{timeout, false}, now);
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
        save_drains();
    }
}

void Agent::follow(RoleRun& run, const Moment& now)
{
    changed_ = true;
    run.counted.reset();
    count(run, now);
    run.drain = on(run.drain, Observed{run.connections, true, settle_time}, now);
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
    try {
        store_.save(drains);
    } catch (const std::system_error& error) {
        tell("failure", "",
             std::string{"drains will be forgotten at the next restart: "} + error.what());
    }
}

} // namespace rs
