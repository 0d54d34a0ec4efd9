#include "agent/agent.hpp"
#include "reconcile/arp.hpp"

#include <algorithm>

// One pass: what is missing is added role by role, then what nobody wants is removed.
namespace rs {
namespace {

bool suppresses_arp(const Step& step)
{
    const auto* sysctl = std::get_if<Sysctl>(&step.object);
    return sysctl != nullptr && sysctl->key.starts_with("arp_");
}

// Besides, that a guard is lost is no reason to unbind: the sysctls are.
bool keeps_arp_silent(const Step& step)
{
    return suppresses_arp(step) || std::holds_alternative<ArpGuard>(step.object);
}

// By this process or by one before, of which `run` does not know in the first pass.
bool is_bound(const RoleRun& run, const State& wanted, const Host& host)
{
    return std::ranges::any_of(run.vips, &VipStatus::bound) ||
           std::ranges::any_of(wanted, [&](const Object& object) {
               return binds_vip(object) && host.owned.contains(object);
           });
}

// Removes from `plan`, and returns, the steps for which `chosen` is true.
Plan taken(Plan& plan, bool (*chosen)(const Step&))
{
    Plan steps;
    std::ranges::copy_if(plan, std::back_inserter(steps), chosen);
    std::erase_if(plan, chosen);
    return steps;
}

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

Plan removals(const State& owned, const State& wanted)
{
    auto plan = make_plan(owned, wanted);
    std::erase_if(plan, [](const Step& step) { return step.action != Step::Action::remove; });
    return plan;
}

// What of all that a role wants may be there `after` a removal: no VIP that could be seen in ARP
// then, or now.
State allowed(const RoleRun& run, const Host& host, const Host& after, const Moment& now)
{
    auto desired = run.wanted(host);
    if (run.arp_lost.waiting(now.monotonic) || !arp_hazards(run.role, host).empty() ||
        !arp_hazards(run.role, after).empty()) {
        drop_vips(desired.objects);
    }
    return desired.objects;
}

} // namespace

void Agent::reconcile(const Moment& now)
{
    follow_directors(now);
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
    note_guards(host);
    seen_ = std::move(host);
}

// Told once, and again when it was had or not wanted in between: the VIPs are served without.
void Agent::note_guards(const Host& host)
{
    const auto is_guard = [](const Object& object) {
        return std::holds_alternative<ArpGuard>(object);
    };
    if (std::ranges::any_of(host.owned, is_guard) || !outlook(config_).arp_guards) {
        changed_ = changed_ || !no_guard_.empty();
        no_guard_.clear();
    } else if (!host.arp_guard_problem.empty()) {
        const auto text = "no ARP guard beside the sysctls: " + host.arp_guard_problem;
        if (text != no_guard_) {
            no_guard_ = text;
            tell("guard", "", text);
        }
    }
}

void Agent::make_good(RoleRun& run, Host& host, const Moment& now)
{
    auto desired = run.wanted(host);
    if (run.arp_lost.waiting(now.monotonic)) {
        drop_vips(desired.objects);
    }
    auto missing = make_plan(host.owned, held_and(host.owned, desired.objects));
    const bool bound = is_bound(run, desired.objects, host);
    auto due = due_now(run, missing, bound, host, now);
    if (bound) {
        // On its own, so that nothing that is refused after it rolls it back.
        const auto arp = taken(due, keeps_arp_silent);
        if (!arp.empty()) {
            apply(run, arp, host, now);
        }
    }
    if (!due.empty()) {
        apply(run, due, host, now);
    }
}

// What of `missing` may be done now: all of it; or, while the role was refused by this very kernel
// state or somebody keeps undoing the rest, only what keeps ARP silent for the VIPs that are bound.
Plan Agent::due_now(RoleRun& run, const Plan& missing, bool bound, const Host& host,
                    const Moment& now)
{
    const auto drifted = [&](const Step& step) { return run.held.contains(step.object); };
    const auto arp_drift = [&](const Step& step) { return suppresses_arp(step) && drifted(step); };
    const auto other_drift = [&](const Step& step) {
        return !suppresses_arp(step) && drifted(step);
    };
    auto due = missing;
    if (std::ranges::any_of(due, arp_drift) && !run.arp_repairs.spend(now.monotonic)) {
        if (!run.arp_lost.waiting(now.monotonic)) {
            tell("contested", run.role.name,
                 "somebody keeps changing the ARP suppression back; the VIPs are unbound");
        }
        run.arp_lost.failed(now.monotonic);
        std::erase_if(due, [](const Step& step) { return binds_vip(step.object); });
    }
    const bool refused = run.refused.waiting(now.monotonic) && host == run.refused_at;
    run.contested =
        !refused && std::ranges::any_of(due, other_drift) && !run.repairs.spend(now.monotonic);
    if (refused || run.contested) {
        std::erase_if(due, [&](const Step& step) { return !bound || !suppresses_arp(step); });
    }
    return due;
}

void Agent::apply(RoleRun& run, const Plan& plan, Host& host, const Moment& now)
{
    const auto failure = execute(plan, {&run.role, 1}, OnFailure::roll_back, kernel_);
    const auto found = std::exchange(host, kernel_.observe());
    if (!failure) {
        note_applied(run, plan, found, host, now);
        return;
    }
    const auto refusal = to_string(failure->step) + ": " + failure->reason;
    if (run.refusal != refusal) {
        run.refusal = refusal;
        tell("failure", run.role.name, refusal);
    }
    run.refused.failed(now.monotonic);
    run.refused_at = found; // what others changed meanwhile may be what was in the way
}

void Agent::remove_surplus(Host& host, const Moment& now)
{
    const auto wanted = [&](const Host& after) {
        State objects;
        for (const auto& run : runs_) {
            objects.merge(allowed(run, host, after, now));
        }
        return objects;
    };
    const auto kept = wanted(host);
    auto plan = removals(host.owned, kept);
    if (plan.empty()) {
        surplus_refusal_.clear();
        return;
    }
    // What nobody wants any more may be what keeps ARP silent for a VIP that stays.
    plan = removals(host.owned, wanted(when_only(host, kept)));
    const auto failure = execute(plan, {}, OnFailure::stop, kernel_);
    host = kernel_.observe();
    const auto refusal =
        failure ? to_string(failure->step) + ": " + failure->reason : std::string{};
    if (!refusal.empty() && refusal != surplus_refusal_) {
        tell("failure", "", refusal);
    }
    surplus_refusal_ = refusal;
    if (!failure) {
        tell("step", "",
             plan.size() == 1 ? to_string(plan.front())
                              : std::to_string(plan.size()) + " objects removed");
    }
}

} // namespace rs
