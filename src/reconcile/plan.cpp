#include "reconcile/plan.hpp"

#include <algorithm>
#include <iterator>

namespace rs {

Step inverse(const Step& step)
{
    using enum Step::Action;
    return {step.action == add ? remove : add, step.object};
}

std::string to_string(const Step& step)
{
    return (step.action == Step::Action::add ? "add " : "remove ") + to_string(step.object);
}

Plan make_plan(const State& observed, const State& desired)
{
    std::vector<Object> missing;
    std::vector<Object> surplus;
    std::ranges::set_difference(desired, observed, std::back_inserter(missing));
    std::ranges::set_difference(observed, desired, std::back_inserter(surplus));

    Plan plan;
    plan.reserve(missing.size() + surplus.size());
    for (const auto& object : missing) {
        plan.push_back({Step::Action::add, object});
    }
    std::for_each(surplus.rbegin(), surplus.rend(), [&](const auto& object) {
        plan.push_back({Step::Action::remove, object});
    });
    return plan;
}

} // namespace rs
