#include "drain/polls.hpp"

#include <algorithm>

namespace rs {
namespace {

constexpr int patient_rounds = 3; // after so many it has acted, whatever it looks like
constexpr std::size_t times_kept = 24;
constexpr std::size_t most_checks = 8;   // told apart by their rhythm
constexpr int silent_rounds = 3;         // after so many without a poll it has stopped
constexpr std::chrono::seconds slack{1}; // a director's timers are late under load

// The longest and the shortest time that `checks` polls took.
std::pair<microseconds, microseconds> spans(const std::deque<TimePoint>& times, std::size_t checks)
{
    auto longest = microseconds::min();
    auto shortest = microseconds::max();
    for (std::size_t i = checks; i < times.size(); ++i) {
        const auto span = std::chrono::duration_cast<microseconds>(times[i] - times[i - checks]);
        longest = std::max(longest, span);
        shortest = std::min(shortest, span);
    }
    return {longest, shortest};
}

} // namespace

Polls::Polls(const Rhythm& rhythm, TimePoint now)
    : last_{now}, checks_{rhythm.checks}, round_{rhythm.round}
{}

std::optional<Polls::Rhythm> Polls::rhythm() const
{
    return checks_ == 0 ? std::nullopt : std::optional{Rhythm{checks_, round_}};
}

void Polls::note(bool answer, std::size_t virtual_servers, TimePoint now)
{
    if (count_ == 0 || answer != answer_) {
        times_.clear();
        answer_ = answer;
        since_ = now;
        count_ = 0;
    }
    last_ = now;
    ++count_;
    times_.push_back(now);
    if (times_.size() > times_kept) {
        times_.pop_front();
    }
    // Right after the answer turned to no, the rhythm is that of the repetitions.
    if (answer || count_ > times_kept || checks_ == 0) {
        learn(std::clamp(virtual_servers, std::size_t{1}, most_checks));
    }
}

// Checks that run side by side, each at its own pace, repeat their pattern once a round.
void Polls::learn(std::size_t virtual_servers)
{
    for (std::size_t checks = 1; 2 * checks < times_.size() && checks <= virtual_servers;
         ++checks) {
        const auto [longest, shortest] = spans(times_, checks);
        if (longest - shortest <= longest / 8) {
            checks_ = checks;
            round_ = longest;
            return;
        }
    }
    // No pattern yet: rather too long a round than too short a one.
    if (times_.size() > 1) {
        checks_ = virtual_servers;
        round_ = spans(times_, 1).first * static_cast<int>(virtual_servers);
    }
}

bool Polls::polling(TimePoint now) const
{
    const auto patience = checks_ == 0 ? round_ : silent_rounds * round_;
    return last_ && now - *last_ <= patience + slack;
}

bool Polls::told(bool answer, TimePoint now) const
{
    if (!polling(now) || count_ == 0 || answer != answer_) {
        return false;
    }
    if (count_ <= std::max(checks_, std::size_t{1})) {
        return false; // not all of its checks have come back
    }
    if (answer) {
        return true;
    }
    const auto window = now - round_ - round_ / 10;
    const auto recent = times_.end() - std::ranges::upper_bound(times_, window);
    const bool rested = since_ <= window && static_cast<std::size_t>(recent) <= checks_;
    // One late poll makes the round too long, and then every poll looks like a repetition.
    return rested || now - since_ >= patient_rounds * round_;
}

} // namespace rs
