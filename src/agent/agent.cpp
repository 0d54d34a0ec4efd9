#include "agent/agent.hpp"

#include "model/errors.hpp"
#include "reconcile/release.hpp"
#include "reconcile/surroundings.hpp"

#include <algorithm>
#include <system_error>

namespace rs {

Agent::Agent(Kernel& kernel, Connections& connections, const DrainStore& store,
             const PollStore& polls, const HealthStore& health, std::string version)
    : kernel_{kernel},
      connections_{connections},
      store_{store},
      poll_store_{polls},
      health_store_{health},
      version_{std::move(version)}
{}

void Agent::tell(const char* kind, const std::string& role, std::string text)
{
    events_.push_back({kind, role, std::move(text)});
    changed_ = true;
}

void Agent::try_to(const std::function<void()>& save, const char* otherwise)
{
    try {
        save();
    } catch (const std::system_error& error) {
        tell("failure", "", std::string{otherwise} + ": " + error.what());
    }
}

// Roles that stay keep what has become of them.
void Agent::take_config(Config config, const Moment& now)
{
    std::vector<RoleRun> runs;
    for (const auto& role : config.roles) {
        const auto old =
            std::ranges::find(runs_, role.name, [](const RoleRun& run) -> const std::string& {
                return run.role.name;
            });
        if (old == runs_.end()) {
            runs.emplace_back(role, now);
            continue;
        }
        runs.push_back(std::move(*old));
        runs.back().take(role);
    }
    runs_ = std::move(runs);
    config_ = std::move(config);
    kernel_.look_out(outlook(config_));
    unfinished_ = true;
}

void Agent::start(Config config, const Moment& now)
{
    take_config(std::move(config), now);
    const auto kept = store_.load(now);
    for (auto& run : runs_) {
        if (const auto drain = kept.find(run.role.name); drain != kept.end()) {
            run.drain = drain->second;
            tell("drain", run.role.name, "kept from before the restart");
        }
    }
    remember_directors(now);
    remember_health(now);
    reconcile(now);
}

std::vector<std::string> Agent::stop()
{
    auto left = release(kernel_);
    stopped_ = left.empty();
    keep_health({}); // the next start knows nothing of the time between
    changed_ = true;
    for (auto& run : runs_) {
        run.in_sync = false;
        for (auto& vip : run.vips) {
            vip.bound = vip.bound && !stopped_;
        }
    }
    return left;
}

bool Agent::bound() const
{
    return std::ranges::all_of(
        runs_, [](const RoleRun& run) { return std::ranges::all_of(run.vips, &VipStatus::bound); });
}

NodeStatus Agent::status(const Moment& now) const
{
    NodeStatus status;
    status.version = version_;
    status.drifts = drifts_;
    status.problems = host_warnings(seen_);
    if (!no_guard_.empty()) {
        status.missing.push_back(no_guard_);
    }
    status.state = stopped_ && runs_.empty() ? RoleState::stopped : RoleState::serving;
    for (const auto& run : runs_) {
        auto role = run.status(now);
        if (stopped_) {
            role.state = RoleState::stopped;
        }
        status.state = std::max(status.state, role.state);
        status.connections += role.connections;
        status.roles.push_back(std::move(role));
    }
    return status;
}

std::optional<TimePoint> Agent::next_wake(const Moment& now)
{
    std::optional<TimePoint> wake;
    const auto at = [&](TimePoint time) { wake = std::min(wake.value_or(time), time); };
    for (auto& run : runs_) {
        if (run.refused.failing()) {
            at(run.refused.until());
        }
        if (run.arp_lost.failing()) {
            at(run.arp_lost.until());
        }
        if (run.contested) {
            at(run.repairs.available(now.monotonic));
        }
        if (std::holds_alternative<Draining>(run.drain)) {
            at(now.monotonic + std::chrono::milliseconds{250});
        }
    }
    return wake;
}

} // namespace rs
