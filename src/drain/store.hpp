#pragma once
#include "drain/drain.hpp"

#include <map>

namespace rs {

// The drains of all roles that do not serve, by role.
using Drains = std::map<std::string, Drain>;

// Keeps drains over a restart (in `runtime`) and those that are persistent over a reboot too (in
// `state`); both are directories that exist.
class DrainStore {
public:
    DrainStore(std::string runtime, std::string state)
        : runtime_{std::move(runtime)}, state_{std::move(state)}
    {}

    // What was kept. A deadline that passed meanwhile is due at once. An unreadable file counts
    // as empty: a role then serves, as it would have without us.
    [[nodiscard]] Drains load(const Moment& now) const;
    // Where `state` cannot be written all is kept until the next reboot, and this is why; empty:
    // it can. Throws std::system_error when nothing was kept. Each file is the old or the new one,
    // never half.
    [[nodiscard]] std::string save(const Drains& drains) const;

private:
    std::string runtime_;
    std::string state_;
};

} // namespace rs
