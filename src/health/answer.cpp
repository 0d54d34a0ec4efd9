#include "health/answer.hpp"

#include <algorithm>

namespace rs {
namespace {

constexpr unsigned ok = 200;
constexpr unsigned forbidden = 403;
constexpr unsigned not_found = 404;
constexpr unsigned method_not_allowed = 405;
constexpr unsigned unavailable = 503;

// HAProxy shows the reason in its statistics; what is longer than this it would cut itself.
constexpr std::size_t longest_reason = 200;

unsigned code_of(RoleState state)
{
    return state == RoleState::serving ? ok : unavailable;
}

Answer node_answer(const NodeStatus& status)
{
    Answer answer{code_of(status.state), {}, {}, status.state};
    for (const auto& role : status.roles) {
        answer.body += role.name + ": " + std::string{to_string(role.state)} + '\n';
    }
    if (status.roles.empty()) {
        answer.body = "no roles\n";
    }
    return answer;
}

bool is_draining(RoleState state)
{
    return state == RoleState::draining || state == RoleState::drained;
}

std::string printable(std::string text)
{
    std::ranges::replace_if(
        text, [](char letter) { return letter < ' ' || letter > '~'; }, '?');
    return text.substr(0, longest_reason);
}

// Of the first role that is as bad as the node.
std::string first_problem(const NodeStatus& status)
{
    const auto worst = std::ranges::find_if(status.roles, [&](const RoleStatus& role) {
        return role.state == status.state && !role.problems.empty();
    });
    return worst == status.roles.end() ? "" : ": " + worst->problems.front();
}

} // namespace

Answers answers_of(const NodeStatus& status)
{
    Answers answers;
    answers.emplace("/health", node_answer(status));
    for (const auto& role : status.roles) {
        const std::string state{to_string(role.state)};
        answers.emplace("/health/" + role.name,
                        Answer{code_of(role.state), state + '\n', role.name, role.state});
        answers.emplace(
            "/weight/" + role.name,
            Answer{ok, role.state == RoleState::serving ? "100\n" : "0\n", role.name, role.state});
    }
    return answers;
}

std::string agent_check_line(const NodeStatus& status)
{
    if (status.state == RoleState::serving) {
        return "up ready 100%\n";
    }
    if (is_draining(status.state)) {
        return "up drain\n";
    }
    return "down #" + printable(std::string{to_string(status.state)} + first_problem(status)) +
           '\n';
}

Answer starting_answer()
{
    return {unavailable, "starting: nothing is known yet\n", {}, {}};
}

Answer forbidden_answer()
{
    return {forbidden, "this address may not ask: see health.allow in realserverd.toml\n", {}, {}};
}

Answer unknown_path_answer()
{
    return {not_found,
            "no such path or role: expected /health, /health/ROLE, /weight/ROLE, /status or "
            "/metrics\n",
            {},
            {}};
}

Answer wrong_method_answer()
{
    return {method_not_allowed, "expected GET or HEAD\n", {}, {}};
}

bool reads(std::string_view method)
{
    return method == "GET" || method == "HEAD";
}

} // namespace rs
