#pragma once
#include "model/status.hpp"

#include <variant>

// The life of a role between serving and drained, as a pure function.
//
//   state              on                                              becomes
//   ------------------ ----------------------------------------------- -------------------------
//   serving            drain requested                                 draining
//   draining           directors told and no connection left,          drained
//                      for the settle time
//   draining           deadline                                        drained, with what is left
//   draining           drain requested again                           draining, new deadline
//   drained            drain requested again                           drained
//   draining, drained  undrain                                         serving
//
// The VIP stays bound in all of them; health says yes in serving alone.
namespace rs {

using TimePoint = std::chrono::steady_clock::time_point;
using std::chrono::microseconds;

// One instant on both clocks: deadlines are monotonic, people read the wall's.
struct Moment {
    TimePoint monotonic;
    WallTime wall;
    auto operator<=>(const Moment&) const = default;
};

struct Serving {
    auto operator<=>(const Serving&) const = default;
};

struct Draining {
    Moment since;
    std::optional<Moment> deadline; // none waits without limit
    bool persistent{};              // survives a reboot
    std::optional<TimePoint> quiet; // since when nothing was left and every director told
    auto operator<=>(const Draining&) const = default;
};

struct Drained {
    Moment since; // since when it drains
    bool persistent{};
    bool timed_out{}; // the deadline ended it
    auto operator<=>(const Drained&) const = default;
};

using Drain = std::variant<Serving, Draining, Drained>;

struct DrainRequested {
    microseconds timeout{}; // 0 waits without limit
    bool persistent{};
};

struct UndrainRequested {};

// What was seen while waiting.
struct Observed {
    std::uint32_t connections{};
    bool directors_told{};
    microseconds settle{}; // how long it must stay so
};

using DrainEvent = std::variant<DrainRequested, UndrainRequested, Observed>;

[[nodiscard]] Drain on(const Drain& drain, const DrainEvent& event, const Moment& now);

// What the outside is told; none while serving.
[[nodiscard]] std::optional<DrainStatus> drain_status(const Drain& drain);

} // namespace rs
