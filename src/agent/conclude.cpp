#include "agent/agent.hpp"
#include "reconcile/arp.hpp"
#include "reconcile/surroundings.hpp"

#include <algorithm>

// What a pass over the kernel means for a role: its status, and what is left to be done.
namespace rs {
namespace {

// What is wanted and has been there once: when it is missing later, that is drift.
State still_held(const State& held, const State& desired, const State& owned)
{
    State now_held;
    for (const auto& object : desired) {
        if (owned.contains(object) || held.contains(object)) {
            now_held.insert(object);
        }
    }
    return now_held;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words) {
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

std::vector<VipStatus> vip_status(const Role& role, const Host& host)
{
    std::vector<VipStatus> vips;
    for (const auto& vip : role.vips) {
        const auto objects = vip_objects(role, vip, host);
        const bool bound =
            !objects.empty() && std::ranges::all_of(objects, [&](const Object& object) {
                return host.owned.contains(object) || bound_by_others(object, host);
            });
        vips.push_back({vip, joined(vip_devices(role, vip, host)), bound});
    }
    return vips;
}

} // namespace

void Agent::conclude(RoleRun& run, const Host& host, const Moment& now)
{
    changed_ = true;
    const auto before = run.state();
    auto desired = run.wanted(host);
    auto hazards = arp_hazards(run.role, host);
    const bool arp_lost = run.arp_lost.waiting(now.monotonic);
    if (!arp_lost) {
        run.arp_lost.succeeded();
    }
    const bool silent = hazards.empty();
    const bool complete = std::ranges::includes(host.owned, desired.objects);
    if (complete) {
        run.refused.succeeded();
        run.refusal.clear();
    }
    run.held = still_held(run.held, desired.objects, host.owned);
    run.in_sync = complete && desired.obstacles.empty() && silent && !arp_lost;
    run.vips = vip_status(run.role, host);

    run.problems = std::move(desired.obstacles);
    std::ranges::move(hazards, std::back_inserter(run.problems));
    if (arp_lost) {
        run.problems.emplace_back(
            "contested: somebody keeps changing the ARP suppression back; the VIPs are unbound");
    }
    if (run.contested) {
        run.problems.emplace_back("contested: somebody keeps undoing repairs; they are spaced out");
    }
    if (run.refused.failing()) {
        run.problems.push_back(run.refusal);
    }
    std::ranges::move(desired.warnings, std::back_inserter(run.problems));
    std::ranges::move(role_warnings(run.role, host), std::back_inserter(run.problems));
    unfinished_ =
        unfinished_ || !complete || !silent || run.refused.failing() || run.contested || arp_lost;
    if (before != run.state()) {
        tell("state", run.role.name, std::string{to_string(run.state())});
    }
}

} // namespace rs
