#include "reconcile/pace.hpp"

namespace rs {

void Budget::fill(TimePoint now)
{
    if (left_ == burst_) {
        filled_ = now;
        return;
    }
    const auto gained = (now - filled_) / refill_;
    if (gained >= burst_ - left_) {
        left_ = burst_;
        filled_ = now;
    } else {
        left_ += static_cast<int>(gained);
        filled_ += gained * refill_;
    }
}

bool Budget::spend(TimePoint now)
{
    fill(now);
    if (left_ == 0) {
        return false;
    }
    --left_;
    return true;
}

TimePoint Budget::available(TimePoint now)
{
    fill(now);
    return left_ != 0 ? now : filled_ + refill_;
}

void Backoff::failed(TimePoint now)
{
    delay_ = std::clamp(2 * delay_, first_, longest_);
    until_ = now + delay_;
}

} // namespace rs
