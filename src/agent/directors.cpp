#include "agent/agent.hpp"

#include <algorithm>

// What comes from outside: directors that ask, and checks that ran.
namespace rs {
namespace {

constexpr std::chrono::minutes silence{3};  // of a director, before it is a problem
constexpr std::chrono::seconds told_age{1}; // of what is told about the last poll

// How many virtual servers of a director may ask about the role.
std::size_t virtual_servers(const Role& role)
{
    return role.vips.size() * std::max(role.services.size(), std::size_t{1});
}

bool expects_polls(const RoleRun& run, const Node& node)
{
    return !run.role.drain.probes && (!node.health.listen.empty() || !node.agent_check.empty());
}

} // namespace

void Agent::polled(const Poll& poll, const Moment& now)
{
    std::size_t askers{};
    for (const auto& run : runs_) {
        askers += poll.role.empty() || run.role.name == poll.role ? virtual_servers(run.role) : 0;
    }
    for (auto& run : runs_) {
        const bool meant = poll.role.empty() || run.role.name == poll.role;
        if (!meant ||
            std::ranges::find(run.role.directors, poll.from) == run.role.directors.end()) {
            continue;
        }
        auto& director = run.directors[poll.from];
        const bool answer = poll.answer == RoleState::serving;
        const bool news =
            director.answer != poll.answer || now.wall - director.last_poll > told_age;
        director.polls.note(answer, askers, now.monotonic);
        director.last_poll = now.wall;
        director.answer = poll.answer;
        changed_ = changed_ || news;
    }
    follow_directors(now);
}

// Says who has begun and who has ceased to ask.
void Agent::follow_directors(const Moment& now)
{
    for (auto& run : runs_) {
        for (auto& [address, director] : run.directors) {
            const bool polling = director.polls.polling(now.monotonic);
            if (polling != std::exchange(director.was_polling, polling)) {
                tell("director", run.role.name,
                     to_string(address) + (polling ? " asks" : " has stopped asking"));
            }
        }
        silent_directors(run, now);
    }
}

void Agent::silent_directors(RoleRun& run, const Moment& now)
{
    std::vector<std::string> silent;
    if (expects_polls(run, config_.node) && now.monotonic - run.since >= silence) {
        for (const auto& director : run.director_status(now)) {
            if (!director.polling) {
                silent.push_back("director " + to_string(director.address) +
                                 (director.last_poll ? " has stopped asking"
                                                     : " has not asked since the daemon started") +
                                 " whether it may send clients");
            }
        }
    }
    if (silent != run.silent) {
        run.silent = std::move(silent);
        changed_ = true;
    }
}

void Agent::checked(const CheckOutcome& outcome, const Moment& now)
{
    const auto run =
        std::ranges::find(runs_, outcome.role,
                          [](const RoleRun& each) -> const std::string& { return each.role.name; });
    if (run == runs_.end() || outcome.check >= run->checks.size()) {
        return; // of a check that a reload has just removed
    }
    const auto before = run->state();
    auto& check = run->checks[outcome.check];
    if (!check.note(outcome.ok, outcome.text, now.wall)) {
        return;
    }
    const auto what = std::string{to_string(check.check().type)} + ' ' + check.check().target;
    tell("check", run->role.name, check.ok() ? what + " is good" : check.problem());
    if (before != run->state()) {
        tell("state", run->role.name, std::string{to_string(run->state())});
    }
}

bool Agent::checks_pending() const
{
    return std::ranges::any_of(runs_, [](const RoleRun& run) {
        return std::ranges::any_of(run.checks, &CheckRun::pending);
    });
}

} // namespace rs
