#pragma once
#include "model/address.hpp"
#include "view/metrics.hpp"

#include <chrono>
#include <optional>

namespace rs {

// Tells of refused connections, and no more than a line a kind every ten seconds: whoever is
// refused decides how often.
class CutOffLog {
public:
    using Instant = std::chrono::steady_clock::time_point;

    void note(CutOff reason, const Address& from, Instant now);

private:
    struct Kind {
        std::uint64_t untold{};
        std::optional<Instant> told;
    };

    std::array<Kind, cut_off_kinds> kinds_;
};

} // namespace rs
