#include "reconcile/release.hpp"

#include "reconcile/executor.hpp"

#include <system_error>

namespace rs {
namespace {

// What could not be removed; empty: nothing is left.
std::string release_once(Kernel& kernel)
{
    try {
        const auto owned = kernel.observe().owned;
        const auto failure = execute(make_plan(owned, {}), {}, OnFailure::stop, kernel);
        return failure ? to_string(failure->step) + ": " + failure->reason : std::string{};
    } catch (const std::system_error& error) {
        return error.what();
    }
}

} // namespace

std::vector<std::string> release(Kernel& kernel)
{
    constexpr int attempts = 3; // somebody may be changing the very same things
    std::string left;
    for (int i = 0; i != attempts; ++i) {
        left = release_once(kernel);
        if (left.empty()) {
            return {};
        }
    }
    return {left};
}

} // namespace rs
