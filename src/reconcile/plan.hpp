#pragma once
#include "model/state.hpp"

#include <vector>

namespace rs {

struct Step {
    enum class Action : std::uint8_t { add, remove } action{};
    Object object;
    auto operator<=>(const Step&) const = default;
};

using Plan = std::vector<Step>;

// The step that undoes `step`.
[[nodiscard]] Step inverse(const Step& step);

// For people: "add VIP 192.0.2.8 on lo".
[[nodiscard]] std::string to_string(const Step& step);

// The steps that turn `observed` into `desired`; empty exactly when they are equal.
// Make before break: every addition precedes every removal.
[[nodiscard]] Plan make_plan(const State& observed, const State& desired);

} // namespace rs
