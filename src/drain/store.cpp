#include "drain/store.hpp"

#include "drain/role_lines.hpp"

#include <algorithm>
#include <sstream>
#include <system_error>

// One line a role: ROLE STATE SINCE DEADLINE, times in microseconds of the wall clock, deadline 0
// for none. `runtime` has every drain, `state` those that are persistent too. `runtime` outvotes
// `state`, which could not be written then: that is why a role that serves may have a line there.
namespace rs {
namespace {

constexpr const char* drains_file = "drains";

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

struct Note {
    std::string word;
    long long since{};
    long long deadline{};
};

using Notes = std::map<std::string, Note>;

Notes notes_in(const std::string& directory)
{
    Notes notes;
    for (const auto& text : load_lines(directory, drains_file)) {
        std::istringstream words{text};
        std::string role;
        Note note;
        if ((words >> role >> note.word >> note.since >> note.deadline) && is_time(note.since) &&
            is_time(note.deadline)) {
            notes.insert_or_assign(role, note);
        }
    }
    return notes;
}

// Serving, also where the word is none of ours.
Drain drain_of(const Note& note, bool persistent, const Moment& now)
{
    if (note.word == "draining") {
        // A clock that was put back meanwhile does not prolong it beyond what it was given.
        const auto latest_end = usec(now.wall) + (note.deadline - note.since);
        return Draining{moment(note.since, now),
                        note.deadline == 0
                            ? std::nullopt
                            : std::optional{moment(std::min(note.deadline, latest_end), now)},
                        persistent, std::nullopt};
    }
    if (note.word == "drained" || note.word == "timed-out") {
        return Drained{moment(note.since, now), persistent, note.word == "timed-out"};
    }
    return Serving{};
}

} // namespace

Drains DrainStore::load(const Moment& now) const
{
    const auto lasting = notes_in(state_);
    auto notes = notes_in(runtime_);
    notes.insert(lasting.begin(), lasting.end());
    Drains drains;
    for (const auto& [role, note] : notes) {
        const auto drain = drain_of(note, lasting.contains(role), now);
        if (!std::holds_alternative<Serving>(drain)) {
            drains.emplace(role, drain);
        }
    }
    return drains;
}

std::string DrainStore::save(const Drains& drains) const
{
    const auto lasting = notes_in(state_);
    std::string until_boot;
    std::string for_ever;
    for (const auto& [role, drain] : drains) {
        const auto status = drain_status(drain);
        if (status || lasting.contains(role)) {
            until_boot += line(role, drain);
        }
        if (status && status->persistent) {
            for_ever += line(role, drain);
        }
    }
    save_lines(runtime_, drains_file, until_boot);
    try {
        save_lines(state_, drains_file, for_ever);
    } catch (const std::system_error& error) {
        return error.what();
    }
    return {};
}

} // namespace rs
