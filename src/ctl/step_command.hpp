#pragma once
#include "reconcile/plan.hpp"

namespace rs::ctl {

// The command line that does the same as `step`: `ip` of any iproute2 since 5.10, or `sysctl`. Safe
// to give to a shell. `before` is what a sysctl goes back to when its step is a removal.
//
// One thing it cannot say: the address protocol (`proto 82` needs iproute2 6.3), by which the
// daemon tells its own addresses from others.
[[nodiscard]] std::string step_command(const Step& step, int before = 0);

// `word` as one word of a POSIX shell: as it is, or in single quotes.
[[nodiscard]] std::string shell_word(std::string_view word);

} // namespace rs::ctl
