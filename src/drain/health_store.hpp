#pragma once
#include <set>
#include <string>

namespace rs {

// Keeps over a restart (in `runtime`, a directory that exists) which roles passed all their local
// checks: an upgrade is no reason to tell directors no until each check has run again.
class HealthStore {
public:
    explicit HealthStore(std::string runtime) : runtime_{std::move(runtime)} {}

    // An unreadable file counts as empty.
    [[nodiscard]] std::set<std::string> load() const;
    // Throws std::system_error; the file is then the old or the new one, never half.
    void save(const std::set<std::string>& roles) const;

private:
    std::string runtime_;
};

} // namespace rs
