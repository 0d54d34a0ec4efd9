#include "agent/agent.hpp"

#include "reconcile/arp.hpp"

#include <algorithm>

// One pass: what is missing is added role by role, then what nobody wants is removed.
namespace rs {
namespace {

constexpr std::size_t drift_kept = 16;
constexpr std::size_t told_singly = 8; // more steps than this become one line

bool suppresses_arp(const Step& step) { return std::holds_alternative<Sysctl>(step.object); }

State held_and(const State& owned, const State& objects)
{
    auto both = owned;
    both.insert(objects.begin(), objects.end());
    return both;
}

void drop_vips(State& objects)
{
    std::erase_if(objects, [](const Object& object) { return binds_vip(object); });
}

std::vector<VipStatus> vip_status(const Role& role, const Host& host)
{
    std::vector<VipStatus> vips;
    for (const auto& vip : role.vips) {
        const auto objects = vip_objects(role, vip);
        const bool bound = std::ranges::all_of(objects, [&](const Object& object) {
            return host.owned.contains(object) || bound_by_others(object, host);
        });
        vips.push_back({vip, role.device, bound});
    }
    return vips;
}

} // namespace

void Agent::reconcile(const Moment& now)
{
    auto host = kernel_.observe();
    if (host == seen_ && !unfinished_) {
        return;
    }
    for (auto& run : runs_) {
        make_good(run, host, now);
    }
    remove_surplus(host, now);
    unfinished_ = !surplus_refusal_.empty();
    for (auto& run : runs_) {
        conclude(run, host, now);
    }
    seen_ = std::move(host);
}

Desired Agent::wanted_by(const RoleRun& run, const Host& host, const Moment& now) const
{
    auto desired = desired_state(run.role, host);
    if (run.arp_lost.waiting(now.monotonic) || !arp_hazards(run.role, host).empty()) {
        drop_vips(desired.objects);
    }
    return desired;
}

// Whether we had it when we last looked: then it is drift that it is missing now.
bool Agent::was_held(const Object& object) const
{
    const auto* sysctl = std::get_if<Sysctl>(&object);
    return sysctl == nullptr ? seen_.owned.contains(object)
                             : seen_.sysctls.contains({sysctl->device, sysctl->key}) &&
                                   seen_.owned.contains(object);
}

void Agent::make_good(RoleRun& run, Host& host, const Moment& now)
{
    auto desired = desired_state(run.role, host);
    if (run.arp_lost.waiting(now.monotonic)) {
        drop_vips(desired.objects);
    }
    auto missing = make_plan(host.owned, held_and(host.owned, desired.objects));
    run.contested = false;
    if (const auto plan = due(run, std::move(missing), host, now); !plan.empty()) {
        apply(run, plan, host, now);
    }
}

// What of `plan` may be done now: all of it, or only the ARP suppression while the role was
// refused by this very kernel state or somebody keeps undoing the rest.
Plan Agent::due(RoleRun& run, Plan plan, const Host& host, const Moment& now)
{
    const auto drifted = [&](const Step& step) { return was_held(step.object); };
    const auto is_arp_drift = [&](const Step& step) { return suppresses_arp(step) && drifted(step); };
    const auto is_drift = [&](const Step& step) { return !suppresses_arp(step) && drifted(step); };
    if (std::ranges::any_of(plan, is_arp_drift) && !run.arp_repairs.spend(now.monotonic)) {
        run.arp_lost.failed(now.monotonic);
        tell("contested", run.role.name,
             "somebody keeps changing the ARP suppression back; the VIPs are unbound");
        std::erase_if(plan, [](const Step& step) { return binds_vip(step.object); });
    }
    const bool refused_so = run.refused.waiting(now.monotonic) && host == run.refused_at;
    run.contested = !refused_so && std::ranges::any_of(plan, is_drift) &&
                    !run.repairs.spend(now.monotonic);
    if (refused_so || run.contested) {
        std::erase_if(plan, [](const Step& step) { return !suppresses_arp(step); });
    }
    return plan;
}

void Agent::apply(RoleRun& run, const Plan& plan, Host& host, const Moment& now)
{
    const auto failure = execute(plan, {&run.role, 1}, OnFailure::roll_back, kernel_);
    host = kernel_.observe();
    if (!failure) {
        run.refused.succeeded();
        run.refusal.clear();
        note_applied(run, plan, now);
        return;
    }
    const auto refusal = to_string(failure->step) + ": " + failure->reason;
    if (run.refusal != refusal) {
        run.refusal = refusal;
        tell("failure", run.role.name, refusal);
    }
    run.refused.failed(now.monotonic);
    run.refused_at = host;
}

void Agent::note_applied(RoleRun& run, const Plan& plan, const Moment& now)
{
    std::vector<Event> told;
    for (const auto& step : plan) {
        if (!was_held(step.object)) {
            told.push_back({"step", run.role.name, to_string(step)});
            continue;
        }
        ++drifts_;
        const auto what = to_string(step.object) + " was gone; put back";
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

void Agent::remove_surplus(Host& host, const Moment& now)
{
    State wanted;
    for (const auto& run : runs_) {
        wanted.merge(wanted_by(run, host, now).objects);
    }
    Plan plan;
    for (auto& step : make_plan(host.owned, wanted)) {
        if (step.action == Step::Action::remove) {
            plan.push_back(std::move(step));
        }
    }
    if (plan.empty()) {
        surplus_refusal_.clear();
        return;
    }
    const auto failure = execute(plan, {}, OnFailure::stop, kernel_);
    host = kernel_.observe();
    const auto refusal =
        failure ? to_string(failure->step) + ": " + failure->reason : std::string{};
    if (!refusal.empty() && refusal != surplus_refusal_) {
        tell("failure", "", refusal);
    }
    surplus_refusal_ = refusal;
    if (!failure) {
        tell("step", "", plan.size() == 1 ? to_string(plan.front())
                                          : std::to_string(plan.size()) + " objects removed");
    }
}

void Agent::conclude(RoleRun& run, const Host& host, const Moment& now)
{
    changed_ = true;
    const auto before = run.state();
    auto desired = desired_state(run.role, host);
    auto hazards = arp_hazards(run.role, host);
    const bool arp_lost = run.arp_lost.waiting(now.monotonic);
    if (!arp_lost) {
        run.arp_lost.succeeded();
    }
    const bool complete = std::ranges::includes(host.owned, desired.objects);
    run.in_sync = complete && desired.obstacles.empty() && hazards.empty() && !arp_lost;
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
    unfinished_ = unfinished_ || !complete || run.refused.failing() || run.contested || arp_lost;
    if (before != run.state()) {
        tell("state", run.role.name, std::string{to_string(run.state())});
    }
}

} // namespace rs
