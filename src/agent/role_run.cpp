#include "agent/role_run.hpp"

#include "reconcile/probes.hpp"

#include <algorithm>

namespace rs {
namespace {

std::vector<CheckRun> check_runs(const Role& role, const std::vector<CheckRun>& before)
{
    std::vector<CheckRun> runs;
    for (const auto& check : role.checks) {
        const auto old = std::ranges::find(before, check, &CheckRun::check);
        runs.push_back(old == before.end() ? CheckRun{check} : *old);
    }
    return runs;
}

} // namespace

RoleRun::RoleRun(Role asked, const Moment& now)
    : role{std::move(asked)}, checks{check_runs(role, {})}, since{now.monotonic}
{}

void RoleRun::take(Role asked)
{
    if (asked == role) {
        return;
    }
    trusted = healthy();
    role = std::move(asked);
    refused.succeeded();
    checks = check_runs(role, checks);
    std::erase_if(directors, [&](const auto& known) {
        return std::ranges::find(role.directors, known.first) == role.directors.end();
    });
}

bool RoleRun::fails(const CheckRun& check) const
{
    return !check.ok() && !(check.pending() && trusted);
}

bool RoleRun::healthy() const
{
    return std::ranges::none_of(
        checks, [&](const CheckRun& check) { return check.decides() && fails(check); });
}

RoleState RoleRun::state() const
{
    if (std::holds_alternative<Draining>(drain)) {
        return RoleState::draining;
    }
    if (std::holds_alternative<Drained>(drain)) {
        return RoleState::drained;
    }
    if (!in_sync) {
        return RoleState::degraded;
    }
    return healthy() ? RoleState::serving : RoleState::unhealthy;
}

Desired RoleRun::wanted(const Host& host) const
{
    auto desired = desired_state(role, host);
    if (role.drain.probes && !std::holds_alternative<Serving>(drain)) {
        desired.objects.merge(probe_blocks(role, host));
    }
    return desired;
}

std::vector<DirectorStatus> RoleRun::director_status(const Moment& now) const
{
    std::vector<DirectorStatus> status;
    for (const auto& address : role.directors) {
        const auto known = directors.find(address);
        if (known == directors.end()) {
            status.push_back({address, std::nullopt, {}, false, false});
            continue;
        }
        const auto& [polls, last_poll, answer, was_polling] = known->second;
        const bool asked = last_poll != WallTime{};
        status.push_back({address, asked ? std::optional{last_poll} : std::nullopt,
                          asked ? std::string{to_string(answer)} : std::string{},
                          polls.polling(now.monotonic),
                          polls.told(state() == RoleState::serving, now.monotonic)});
    }
    return status;
}

RoleStatus RoleRun::status(const Moment& now) const
{
    RoleStatus status;
    status.name = role.name;
    status.forwarding = role.forwarding;
    status.state = state();
    status.in_sync = in_sync;
    status.vips = vips;
    status.services = role.services;
    status.connections = connections;
    status.drain = drain_status(drain);
    status.directors = director_status(now);
    status.drift = {drift.begin(), drift.end()};
    status.problems = problems;
    for (const auto& check : checks) {
        status.checks.push_back(check.status());
        if (fails(check)) {
            status.problems.push_back(check.problem());
        }
    }
    std::ranges::copy(silent, std::back_inserter(status.problems));
    if (!drain_problem.empty()) {
        status.problems.push_back(drain_problem);
    }
    return status;
}

} // namespace rs
