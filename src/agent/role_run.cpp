#include "agent/role_run.hpp"

namespace rs {

RoleState RoleRun::state() const
{
    if (std::holds_alternative<Draining>(drain)) {
        return RoleState::draining;
    }
    if (std::holds_alternative<Drained>(drain)) {
        return RoleState::drained;
    }
    return in_sync ? RoleState::serving : RoleState::degraded;
}

RoleStatus RoleRun::status() const
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
    for (const auto& director : role.directors) {
        status.directors.push_back({director, std::nullopt, {}});
    }
    status.drift = {drift.begin(), drift.end()};
    status.problems = problems;
    if (!drain_problem.empty()) {
        status.problems.push_back(drain_problem);
    }
    return status;
}

} // namespace rs
