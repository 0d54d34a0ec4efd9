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

// Whether it is not worth the while to write a file: a round takes now a little more, now less.
bool alike(const Polls::Rhythm& left, const Polls::Rhythm& right)
{
    const auto apart =
        left.round > right.round ? left.round - right.round : right.round - left.round;
    return left.checks == right.checks && apart <= left.round / 4;
}

bool alike(const Rhythms& left, const Rhythms& right)
{
    const auto same_directors = [](const auto& one, const auto& other) {
        return std::ranges::equal(one.second, other.second, [](const auto& a, const auto& b) {
            return a.first == b.first && alike(a.second, b.second);
        });
    };
    return std::ranges::equal(left, right, [&](const auto& one, const auto& other) {
        return one.first == other.first && same_directors(one, other);
    });
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

// Those that polled before the restart are waited for, as if they had asked just now.
void Agent::remember_directors(const Moment& now)
{
    rhythms_ = poll_store_.load();
    for (auto& run : runs_) {
        const auto known = rhythms_.find(run.role.name);
        for (const auto& address : run.role.directors) {
            if (known != rhythms_.end() && known->second.contains(address)) {
                const auto& rhythm = known->second.at(address);
                run.directors[address] = {Polls{rhythm, now.monotonic}, {}, {}, true};
            }
        }
    }
}

void Agent::save_directors(const Moment& now)
{
    Rhythms rhythms;
    for (const auto& run : runs_) {
        for (const auto& [address, director] : run.directors) {
            const auto rhythm = director.polls.rhythm();
            if (rhythm && director.polls.polling(now.monotonic)) {
                rhythms[run.role.name].emplace(address, *rhythm);
            }
        }
    }
    if (alike(rhythms, rhythms_)) {
        return;
    }
    rhythms_ = std::move(rhythms);
    try_to([&] { poll_store_.save(rhythms_); }, "directors will be forgotten at the next restart");
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
    save_directors(now);
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

} // namespace rs
