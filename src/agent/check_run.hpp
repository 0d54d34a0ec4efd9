#pragma once
#include "model/status.hpp"

#include <optional>

namespace rs {

// A local check as it goes: `rise` good outcomes in a row make it good, `fall` bad ones bad, and
// the very first outcome decides alone.
class CheckRun {
public:
    explicit CheckRun(Check asked) : check_{std::move(asked)} {}

    // Takes over the verdict of an earlier life; from here on it takes `fall` bad outcomes.
    void presume_good(WallTime now);

    // True if the verdict is another one now.
    [[nodiscard]] bool note(bool ok, std::string text, WallTime now);

    [[nodiscard]] const Check& check() const { return check_; }

    [[nodiscard]] bool pending() const { return !ok_; } // has no outcome yet

    // Whether the role is unhealthy while it fails: not if it is only to be reported.
    [[nodiscard]] bool decides() const { return check_.on_failure == OnCheckFailure::unhealthy; }

    [[nodiscard]] bool ok() const { return ok_.value_or(false); }

    [[nodiscard]] CheckStatus status() const;
    // What is wrong, one sentence; empty when nothing is.
    [[nodiscard]] std::string problem() const;

private:
    Check check_;
    std::optional<bool> ok_;
    WallTime since_{};   // of the verdict
    unsigned against_{}; // outcomes in a row that contradict the verdict
    std::string text_;   // what the latest bad outcome was
};

} // namespace rs
