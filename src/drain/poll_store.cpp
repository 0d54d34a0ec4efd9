#include "drain/poll_store.hpp"

#include "util/atomic_file.hpp"

#include <sstream>
#include <system_error>

// One line a director: ROLE DIRECTOR CHECKS ROUND, in microseconds. The last line is "end.",
// which no role can be called: a file without it was cut off.
namespace rs {
namespace {

constexpr const char* file_name = "directors";
constexpr const char* last_line = "end.";

// More is no rhythm: a director with so many virtual servers, or one that asks so rarely.
constexpr std::size_t most_checks = 100'000;
constexpr microseconds longest = std::chrono::hours{24};

} // namespace

Rhythms PollStore::load() const
{
    std::optional<std::string> content;
    try {
        content = read_regular(open_directory(runtime_).value(), file_name);
    } catch (const std::system_error&) {
        return {};
    }
    std::istringstream lines{content.value_or("")};
    Rhythms rhythms;
    std::string role;
    std::string director;
    std::size_t checks{};
    microseconds::rep round{};
    while (lines >> role && role != last_line && lines >> director >> checks >> round) {
        const auto address = parse_address(director);
        if (address && checks != 0 && checks <= most_checks && round > 0 &&
            round <= longest.count()) {
            rhythms[role].insert_or_assign(*address, Polls::Rhythm{checks, microseconds{round}});
        }
    }
    return role == last_line ? rhythms : Rhythms{};
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
    replace_file(open_directory(runtime_).value(), file_name, lines + last_line + '\n');
}

} // namespace rs
