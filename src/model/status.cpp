#include "model/status.hpp"

#include <algorithm>
#include <array>

namespace rs {
namespace {

constexpr std::array<std::string_view, 6> state_words{"serving", "drained",   "draining",
                                                      "stopped", "unhealthy", "degraded"};

} // namespace

std::string_view to_string(RoleState state)
{
    return state_words.at(static_cast<std::size_t>(state));
}

std::optional<RoleState> parse_role_state(std::string_view text)
{
    const auto* word = std::ranges::find(state_words, text);
    if (word == state_words.end()) {
        return std::nullopt;
    }
    return static_cast<RoleState>(word - state_words.begin());
}

} // namespace rs
