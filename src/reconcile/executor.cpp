#include "reconcile/executor.hpp"

#include "reconcile/arp.hpp"

#include <algorithm>
#include <system_error>

namespace rs {
namespace {

using Batch = std::span<const Step>;

bool same_phase(const Step& left, const Step& right)
{
    return left.action == right.action && left.object.index() == right.object.index();
}

// The longest run of steps from the front that do not depend on one another.
Batch first_phase(Batch rest)
{
    const auto end = std::ranges::find_if(
        rest, [&](const Step& step) { return !same_phase(step, rest.front()); });
    return rest.first(static_cast<std::size_t>(end - rest.begin()));
}

bool holds(const Step& step, const Host& host)
{
    return host.owned.contains(step.object) == (step.action == Step::Action::add);
}

class Execution {
public:
    Execution(std::span<const Role> roles, Kernel& kernel) : roles_{roles}, kernel_{kernel} {}

    std::optional<Failure> run(const Plan& plan)
    {
        for (Batch rest{plan}; !rest.empty();) {
            const auto phase = first_phase(rest);
            if (auto failure = begin(phase)) {
                return failure;
            }
            if (auto failure = carry_out(phase)) {
                return failure;
            }
            rest = rest.subspan(phase.size());
        }
        return std::nullopt;
    }

    // What came before a VIP keeps ARP silent for it, and stays for as long as the VIP does.
    Plan undo()
    {
        Plan backwards;
        std::for_each(applied_.rbegin(), applied_.rend(),
                      [&](const Step& step) { backwards.push_back(inverse(step)); });
        Plan not_undone;
        for (Batch rest{backwards}; !rest.empty();) {
            const auto phase = first_phase(rest);
            const auto refusals = kernel_.apply(phase);
            rest = rest.subspan(phase.size());
            for (const auto& refusal : refusals) {
                not_undone.push_back(inverse(phase[refusal.step]));
            }
            if (!unbinds(phase) || none_holds(phase)) {
                continue;
            }
            std::ranges::transform(rest, std::back_inserter(not_undone), inverse);
            break;
        }
        return not_undone;
    }

private:
    static bool unbinds(Batch phase)
    {
        return phase.front().action == Step::Action::remove && binds_vip(phase.front().object);
    }

    bool none_holds(Batch unbound)
    {
        const auto host = kernel_.observe();
        return std::ranges::all_of(unbound, [&](const Step& step) { return holds(step, host); });
    }

    // Reads back wherever VIPs begin or cease to be touched, unless nothing went before.
    std::optional<Failure> begin(Batch phase)
    {
        const bool binds = binds_vip(phase.front().object);
        const bool adds = phase.front().action == Step::Action::add;
        const bool crosses = !applied_.empty() && binds_vip(applied_.back().object) != binds;
        if (!crosses && !(binds && adds)) {
            return std::nullopt;
        }
        const auto host = kernel_.observe();
        for (const auto& step : applied_) {
            if (!holds(step, host)) {
                return Failure{step, "the kernel took it, but it does not hold when read back", {}};
            }
        }
        return binds && adds ? hazard(phase.front(), host) : std::nullopt;
    }

    [[nodiscard]] std::optional<Failure> hazard(const Step& step, const Host& host) const
    {
        for (const auto& role : roles_) {
            if (const auto hazards = arp_hazards(role, host); !hazards.empty()) {
                return Failure{
                    step, "not bound, because ARP is not silent: " + hazards.front(), {}};
            }
        }
        return std::nullopt;
    }

    std::optional<Failure> carry_out(Batch phase)
    {
        auto refusals = kernel_.apply(phase);
        auto refused = refusals.begin();
        for (std::size_t i = 0; i != phase.size(); ++i) {
            if (refused != refusals.end() && refused->step == i) {
                ++refused;
            } else {
                applied_.push_back(phase[i]);
            }
        }
        std::erase_if(refusals,
                      [&](const Refusal& refusal) { return is_dispensable(phase[refusal.step]); });
        if (refusals.empty()) {
            return std::nullopt;
        }
        return Failure{phase[refusals.front().step], refusals.front().reason, {}};
    }

    // Without its guard a VIP is as silent as the sysctls keep it, which is checked: who does not
    // insist on the guard goes on.
    [[nodiscard]] bool is_dispensable(const Step& step) const
    {
        return step.action == Step::Action::add && std::holds_alternative<ArpGuard>(step.object) &&
               std::ranges::find(roles_, GuardUse::on, &Role::arp_guard) == roles_.end();
    }

    std::span<const Role> roles_;
    Kernel& kernel_;
    Plan applied_;
};

} // namespace

std::optional<Failure> execute(const Plan& plan, std::span<const Role> roles, OnFailure on_failure,
                               Kernel& kernel)
{
    Execution execution{roles, kernel};
    auto failure = execution.run(plan);
    if (failure && on_failure == OnFailure::roll_back) {
        failure->not_undone = execution.undo();
    }
    return failure;
}

} // namespace rs
