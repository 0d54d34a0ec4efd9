#include "agent/agent.hpp"

#include <algorithm>

// Local checks: their outcomes, and what of them outlives this process.
namespace rs {

void Agent::checked(const CheckOutcome& outcome, const Moment& now)
{
    const auto run =
        std::ranges::find(runs_, outcome.role,
                          [](const RoleRun& each) -> const std::string& { return each.role.name; });
    if (run == runs_.end() || outcome.check >= run->checks.size()) {
        return; // of a check that a reload has just removed
    }
    const auto before = run->state();
    auto& check = run->checks[outcome.check];
    if (!check.note(outcome.ok, outcome.text, now.wall)) {
        return;
    }
    const auto what = std::string{to_string(check.check().type)} + ' ' + check.check().target;
    tell("check", run->role.name, check.ok() ? what + " is good" : check.problem());
    save_health();
    if (before != run->state()) {
        tell("state", run->role.name, std::string{to_string(run->state())});
    }
}

bool Agent::checks_pending() const
{
    return std::ranges::any_of(runs_, [](const RoleRun& run) {
        return std::ranges::any_of(
            run.checks, [](const CheckRun& check) { return check.pending() && check.decides(); });
    });
}

void Agent::remember_health(const Moment& now)
{
    healthy_ = health_store_.load();
    for (auto& run : runs_) {
        for (auto& check : run.checks) {
            if (check.decides() && healthy_.contains(run.role.name)) {
                check.presume_good(now.wall);
            }
        }
    }
}

void Agent::save_health()
{
    std::set<std::string> healthy;
    for (const auto& run : runs_) {
        const auto fails = [](const CheckRun& check) { return check.decides() && !check.ok(); };
        if (std::ranges::any_of(run.checks, &CheckRun::decides) &&
            std::ranges::none_of(run.checks, fails)) {
            healthy.insert(run.role.name);
        }
    }
    keep_health(std::move(healthy));
}

void Agent::keep_health(std::set<std::string> healthy)
{
    if (healthy == healthy_) {
        return;
    }
    healthy_ = std::move(healthy);
    try_to([&] { health_store_.save(healthy_); },
           "directors wait for the checks after the next restart");
}

} // namespace rs
