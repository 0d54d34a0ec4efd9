#pragma once
#include "model/role.hpp"
#include "reconcile/kernel.hpp"

#include <optional>

namespace rs {

struct Failure {
    Step step;          // the step the kernel refused, or that was read back and did not hold
    std::string reason; // for people
    Plan not_undone;    // what could not be rolled back; empty when the rollback was complete
};

enum class OnFailure : std::uint8_t {
    roll_back, // undo what was applied, newest first
    stop,      // leave it at that: on the way out nothing is built up again
};

// Carries out `plan` kind by kind, a batch each. Before the first VIP is bound, and after the last
// one is gone, the kernel is read back: everything done so far must hold, and ARP must be silent
// for every role of `roles`. On the first failure the rest is not begun; an ARP guard that cannot
// be added is none, unless one of `roles` insists on it.
// Throws std::system_error when the kernel cannot be reached.
[[nodiscard]] std::optional<Failure> execute(const Plan& plan, std::span<const Role> roles,
                                             OnFailure on_failure, Kernel& kernel);

} // namespace rs
