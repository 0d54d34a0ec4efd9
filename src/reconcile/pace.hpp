#pragma once
#include <algorithm>
#include <chrono>

// How often something may be tried: pure, the time is always given.
namespace rs {

using TimePoint = std::chrono::steady_clock::time_point;
using std::chrono::microseconds;

// Allows a burst, then one more for each `refill` that has passed (a token bucket).
class Budget {
public:
    Budget(int burst, microseconds refill) : burst_{burst}, refill_{refill}, left_{burst} {}

    // Takes one of the allowance; false when it is used up.
    [[nodiscard]] bool spend(TimePoint now);
    // When spend() will next succeed; `now` or earlier while there is something left.
    [[nodiscard]] TimePoint available(TimePoint now);

private:
    void fill(TimePoint now);

    int burst_;
    microseconds refill_;
    int left_;
    TimePoint filled_{};
};

// Waits longer after every failure: first, 2*first, 4*first, … up to `longest`.
class Backoff {
public:
    Backoff(microseconds first, microseconds longest) : first_{first}, longest_{longest} {}

    void failed(TimePoint now);

    void succeeded() { delay_ = microseconds::zero(); }

    [[nodiscard]] bool waiting(TimePoint now) const { return failing() && now < until_; }

    [[nodiscard]] bool failing() const { return delay_ != microseconds::zero(); }

    [[nodiscard]] TimePoint until() const { return until_; }

private:
    microseconds first_;
    microseconds longest_;
    microseconds delay_{};
    TimePoint until_{};
};

} // namespace rs
