#pragma once
#include "reconcile/plan.hpp"

#include <span>

namespace rs {

// A step of a batch that the kernel refused.
struct Refusal {
    std::size_t step{}; // index into the batch
    int error{};        // errno
    std::string reason; // the operation, errno's text and the kernel's extended acknowledgement
};

// The one seam to the operating system: plain values in and out, no callbacks.
class Kernel {
public:
    Kernel() = default;
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;
    virtual ~Kernel() = default;

    // What observe() tells from now on, beyond what it always does.
    virtual void look_out(Outlook outlook) = 0;

    // Everything that decides what to do, as the kernel reports it now: one dump of each kind.
    // Throws std::system_error.
    [[nodiscard]] virtual Host observe() = 0;

    // Carries out the steps in order, in one batch: every step is tried, whatever became of the
    // others; one that was refused has changed nothing. To add what is there and ours, or to
    // remove what is gone, is no error. Adding a Sysctl notes the value found there first in the
    // ledger; removing it puts that value back unless somebody else changed it since.
    // Throws std::system_error when the kernel cannot be reached at all, or the ledger not written
    // (then nothing was changed).
    [[nodiscard]] virtual std::vector<Refusal> apply(std::span<const Step> batch) = 0;
};

} // namespace rs
