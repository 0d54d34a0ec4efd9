#pragma once
#include "reconcile/kernel.hpp"

namespace rs {

// Takes back all that this program ever did to the kernel, whichever process did it: what could not
// be, empty when nothing is left. Throws std::system_error when the kernel cannot be reached.
[[nodiscard]] std::vector<std::string> release(Kernel& kernel);

} // namespace rs
