#include "reconcile/release.hpp"

#include "reconcile/executor.hpp"

namespace rs {

std::vector<std::string> release(Kernel& kernel)
{
    constexpr int attempts = 3; // somebody may be changing the very same things
    std::vector<std::string> left;
    for (int i = 0; i != attempts; ++i) {
        left.clear();
        const auto owned = kernel.observe().owned;
        const auto failure = execute(make_plan(owned, {}), {}, OnFailure::stop, kernel);
        if (!failure) {
            break;
        }
        left.push_back(to_string(failure->step) + ": " + failure->reason);
    }
    return left;
}

} // namespace rs
