#pragma once
#include "reconcile/plan.hpp"

namespace rs::ctl {

// The command line that does the same as `step`: `ip` of any iproute2 since 5.10, `sysctl`
// or `nft`. Safe
// to give to a shell. `before` is what a sysctl goes back to when its step is a removal.
//
// One thing it cannot say: the address protocol (`proto 82` needs iproute2 6.3), by which the
// daemon tells its own addresses from others.
[[nodiscard]] std::string step_command(const Step& step, int before = 0);

// What has to stand before the command of the first ARP guard of a prefix length; `table`: of any.
[[nodiscard]] std::string arp_guard_frame(unsigned length, bool table);
// Takes the place of the command that removes the last one.
[[nodiscard]] std::string arp_guards_removal();

// `word` as one word of a POSIX shell: as it is, or in single quotes.
[[nodiscard]] std::string shell_word(std::string_view word);

} // namespace rs::ctl
