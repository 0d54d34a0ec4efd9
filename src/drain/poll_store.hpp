#pragma once
#include "drain/polls.hpp"

#include <map>

namespace rs {

// The directors that polled, by role.
using Rhythms = std::map<std::string, std::map<Address, Polls::Rhythm>>;

// Keeps over a restart (in `runtime`, a directory that exists) who has to be told: a drain right
// after it must wait for directors that have not come back yet.
class PollStore {
public:
    explicit PollStore(std::string runtime) : runtime_{std::move(runtime)} {}

    // An unreadable file counts as empty.
    [[nodiscard]] Rhythms load() const;
    // Throws std::system_error; the file is then the old or the new one, never half.
    void save(const Rhythms& rhythms) const;

private:
    std::string runtime_;
};

} // namespace rs
