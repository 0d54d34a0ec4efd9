#include "drain/poll_store.hpp"

#include "drain/role_lines.hpp"

#include <sstream>

// One line a director: ROLE DIRECTOR CHECKS ROUND, in microseconds.
namespace rs {
namespace {

constexpr const char* polls_file = "directors";

// More is no rhythm: a director with so many virtual servers, or one that asks so rarely.
constexpr std::size_t most_noted = 100'000;
constexpr microseconds longest_round = std::chrono::hours{24};

} // namespace

Rhythms PollStore::load() const
{
    Rhythms rhythms;
    for (const auto& line : load_lines(runtime_, polls_file)) {
        std::istringstream words{line};
        std::string role;
        std::string director;
        std::size_t checks{};
        microseconds::rep round{};
        words >> role >> director >> checks >> round;
        const auto address = parse_address(director);
        if (words && address && checks != 0 && checks <= most_noted && round > 0 &&
            round <= longest_round.count()) {
            rhythms[role].insert_or_assign(*address, Polls::Rhythm{checks, microseconds{round}});
        }
    }
    return rhythms;
}

void PollStore::save(const Rhythms& rhythms) const
{
    std::string lines;
    for (const auto& [role, directors] : rhythms) {
        for (const auto& [address, rhythm] : directors) {
            lines += role + ' ' + to_string(address) + ' ' + std::to_string(rhythm.checks) + ' ' +
                     std::to_string(rhythm.round.count()) + '\n';
        }
    }
    save_lines(runtime_, polls_file, lines);
}

} // namespace rs
