#include "drain/store.hpp"

#include "util/atomic_file.hpp"

#include <sstream>
#include <system_error>

// One line a role: ROLE STATE SINCE DEADLINE, times in microseconds of the wall clock, deadline 0
// for none. The last line is "end.", which no role can be called: a file without it was cut off.
namespace rs {
namespace {

constexpr const char* file_name = "drains";
constexpr const char* last_line = "end.";

// No time of ours is later: about the year 5100.
constexpr long long latest = 100'000'000'000'000'000;

bool is_time(long long usec)
{
    return usec >= 0 && usec <= latest;
}

long long usec(const WallTime& time)
{
    return time.time_since_epoch().count();
}

Moment moment(long long wall_usec, const Moment& now)
{
    const WallTime wall{microseconds{wall_usec}};
    return {now.monotonic + (wall - now.wall), wall};
}

std::string line(const std::string& role, const Drain& drain)
{
    const auto status = drain_status(drain);
    const auto* drained = std::get_if<Drained>(&drain);
    const auto* word = drained == nullptr   ? "draining"
                       : drained->timed_out ? "timed-out"
                                            : "drained";
    return role + ' ' + word + ' ' + std::to_string(usec(status->since)) + ' ' +
           std::to_string(status->deadline ? usec(*status->deadline) : 0) + '\n';
}

std::optional<Drain> parse(const std::string& word, long long since, long long deadline,
                           bool persistent, const Moment& now)
{
    if (word == "draining") {
        return Draining{moment(since, now),
                        deadline == 0 ? std::nullopt : std::optional{moment(deadline, now)},
                        persistent, std::nullopt};
    }
    if (word == "drained" || word == "timed-out") {
        return Drained{moment(since, now), persistent, word == "timed-out"};
    }
    return std::nullopt;
}

void load_from(const std::string& directory, bool persistent, const Moment& now, Drains& drains)
{
    std::optional<std::string> content;
    try {
        content = read_regular(open_directory(directory).value(), file_name);
    } catch (const std::system_error&) {
        return;
    }
    std::istringstream lines{content.value_or("")};
    Drains found;
    std::string role;
    std::string word;
    long long since{};
    long long deadline{};
    while (lines >> role && role != last_line && lines >> word >> since >> deadline) {
        if (!is_time(since) || !is_time(deadline)) {
            continue;
        }
        if (auto drain = parse(word, since, deadline, persistent, now)) {
            found.insert_or_assign(role, *drain);
        }
    }
    if (role == last_line) {
        drains.merge(found);
    }
}

} // namespace

Drains DrainStore::load(const Moment& now) const
{
    Drains drains;
    load_from(runtime_, false, now, drains);
    load_from(state_, true, now, drains);
    return drains;
}

void DrainStore::save(const Drains& drains) const
{
    std::string kept_until_boot;
    std::string kept;
    for (const auto& [role, drain] : drains) {
        if (const auto status = drain_status(drain)) {
            (status->persistent ? kept : kept_until_boot) += line(role, drain);
        }
    }
    const auto write = [](const std::string& path, const std::string& lines) {
        const auto directory = open_directory(path);
        if (!lines.empty() || read_regular(directory.value(), file_name)) {
            replace_file(directory.value(), file_name, lines + last_line + '\n');
        }
    };
    write(state_, kept);
    write(runtime_, kept_until_boot);
}

} // namespace rs
