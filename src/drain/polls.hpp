#pragma once
#include "drain/drain.hpp"

#include <deque>

namespace rs {

// How one director asks about one role, and whether it has been told what holds now.
//
// A director polls as often as its checks say, once for each virtual server whose check leads here,
// and repeats a check a few times before it acts on what is new (keepalived 2.2 wants a second 200,
// too). So one answer proves nothing: a director has been told when all its checks have come back
// to hear it again; and told no, when they ask no more often than before, that is, repeat no more.
class Polls {
public:
    // What outlives a restart: in a round of this time it asks this often.
    struct Rhythm {
        std::size_t checks{};
        microseconds round{};
        auto operator<=>(const Rhythm&) const = default;
    };

    Polls() = default;
    // A director that asked in that rhythm until now, and has not been told anything since.
    Polls(const Rhythm& rhythm, TimePoint now);

    // `virtual_servers`: how many of the director's may ask here, as far as is known.
    void note(bool answer, std::size_t virtual_servers, TimePoint now);

    // Asks again and again, and has not stopped.
    [[nodiscard]] bool polling(TimePoint now) const;
    // Polls, has been told `answer`, and acts on it by now.
    [[nodiscard]] bool told(bool answer, TimePoint now) const;

    // None until it has asked twice.
    [[nodiscard]] std::optional<Rhythm> rhythm() const;

private:
    void learn(std::size_t virtual_servers);

    std::deque<TimePoint> times_; // of the polls that had the same answer, the latest last, bounded
    std::optional<TimePoint> last_;
    bool answer_{};
    TimePoint since_;                               // the first poll that had this answer
    std::size_t count_{};                           // of polls that had this answer
    std::size_t checks_{};                          // polls in a round; 0: not known yet
    microseconds round_ = std::chrono::seconds{60}; // what is not known is keepalived's default
};

} // namespace rs
