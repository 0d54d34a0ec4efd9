#include "drain/store.hpp"

#include "drain/role_lines.hpp"

#include <algorithm>
#include <sstream>
#include <system_error>

// One line a role: ROLE STATE SINCE DEADLINE, times in microseconds of the wall clock, deadline 0
// for none. What `runtime` says of a role outvotes `state`, which could not be written then: that
// is why a role that serves may have a line.
namespace rs {
namespace {

constexpr const char* file_name = "drains";

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
    if (!status) {
        return role + " serving 0 0\n";
    }
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
    if (word == "serving") {
        return Serving{};
    }
    if (word == "draining") {
        // A clock that was put back meanwhile does not prolong it beyond what it was given.
        const auto latest_end = usec(now.wall) + (deadline - since);
        return Draining{moment(since, now),
                        deadline == 0 ? std::nullopt
                                      : std::optional{moment(std::min(deadline, latest_end), now)},
                        persistent, std::nullopt};
    }
    if (word == "drained" || word == "timed-out") {
        return Drained{moment(since, now), persistent, word == "timed-out"};
    }
    return std::nullopt;
}

Drains load_from(const std::string& directory, bool persistent, const Moment& now)
{
    Drains found;
    for (const auto& text : load_lines(directory, file_name)) {
        std::istringstream words{text};
        std::string role;
        std::string word;
        long long since{};
        long long deadline{};
        if (!(words >> role >> word >> since >> deadline) || !is_time(since) ||
            !is_time(deadline)) {
            continue;
        }
        if (const auto drain = parse(word, since, deadline, persistent, now)) {
            found.insert_or_assign(role, *drain);
        }
    }
    return found;
}

} // namespace

Drains DrainStore::load(const Moment& now) const
{
    auto drains = load_from(runtime_, false, now);
    drains.merge(load_from(state_, true, now));
    std::erase_if(drains,
                  [](const auto& each) { return std::holds_alternative<Serving>(each.second); });
    return drains;
}

std::string DrainStore::save(const Drains& drains) const
{
    std::string all;
    std::string kept;
    std::string kept_until_boot;
    for (const auto& [role, drain] : drains) {
        const auto text = line(role, drain);
        all += text;
        if (const auto status = drain_status(drain)) {
            (status->persistent ? kept : kept_until_boot) += text;
        }
    }
    try {
        save_lines(state_, file_name, kept);
    } catch (const std::system_error& error) {
        save_lines(runtime_, file_name, all);
        return error.what();
    }
    save_lines(runtime_, file_name, kept_until_boot);
    return {};
}

} // namespace rs
