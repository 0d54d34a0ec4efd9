#pragma once
#include "model/status.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

// What a director is told, as a pure function of the status. "Yes" is said in `serving` alone.
namespace rs {

struct Answer {
    unsigned code{}; // of HTTP
    std::string body;
    std::string role;              // whom it is about; empty: the node
    std::optional<RoleState> told; // none: not about whether this host may get connections
    auto operator<=>(const Answer&) const = default;
};

// By path: /health, and /health/ROLE and /weight/ROLE for every role.
using Answers = std::map<std::string, Answer, std::less<>>;
[[nodiscard]] Answers answers_of(const NodeStatus& status);

// One line of HAProxy's agent-check protocol ("agent-check" in its configuration manual) for the
// whole node: printable ASCII, ended by a newline. Only the agent can undo its own words, so that
// each line says both whether the server is up and whether it is to be drained.
[[nodiscard]] std::string agent_check_line(const NodeStatus& status);

// Before the first publish(): nothing is known yet, so not yes.
[[nodiscard]] Answer starting_answer();
// For those who may not ask.
[[nodiscard]] Answer forbidden_answer();
// For a path that is none of ours, and for a method that reads nothing.
[[nodiscard]] Answer unknown_path_answer();
[[nodiscard]] Answer wrong_method_answer();

// GET and HEAD, and no others.
[[nodiscard]] bool reads(std::string_view method);

} // namespace rs
