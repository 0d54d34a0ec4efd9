#include "agent/agent.hpp"

#include <algorithm>

// What is told of the steps that were carried out.
namespace rs {
namespace {

constexpr std::size_t drift_kept = 16;
constexpr std::size_t told_singly = 8; // more steps than this become one line

std::string drift_text(const Object& object, const Host& found)
{
    const auto* sysctl = std::get_if<Sysctl>(&object);
    if (sysctl == nullptr) {
        return to_string(object) + " was gone; put back";
    }
    const auto value = found.sysctls.find({sysctl->device, sysctl->key});
    return to_string(object) +
           (value == found.sysctls.end() ? " was gone with its device"
                                         : " was " + std::to_string(value->second)) +
           "; set again";
}

} // namespace

void Agent::note_applied(RoleRun& run, const Plan& plan, const Host& found, const Host& host,
                         const Moment& now)
{
    std::vector<Event> told;
    for (const auto& step : plan) {
        if (std::holds_alternative<ArpGuard>(step.object) && !host.owned.contains(step.object)) {
            continue; // went on without
        }
        if (!run.held.contains(step.object)) {
            told.push_back({"step", run.role.name, to_string(step)});
            continue;
        }
        ++drifts_;
        const auto what = drift_text(step.object, found);
        told.push_back({"drift", run.role.name, what});
        run.drift.push_back({now.wall, what});
        if (run.drift.size() > drift_kept) {
            run.drift.pop_front();
        }
    }
    if (told.size() > told_singly) {
        const auto rest = told.size() - told_singly + 1;
        const auto kind = told.back().kind;
        told.resize(told_singly - 1);
        told.push_back({kind, run.role.name, "and " + std::to_string(rest) + " more like it"});
    }
    std::ranges::move(told, std::back_inserter(events_));
}

} // namespace rs
