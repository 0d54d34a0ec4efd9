#pragma once
#include <stdexcept>
#include <string>

// Failures a caller may want to tell apart; each has its own D-Bus error and exit status.
namespace rs {

struct NoSuchRole : std::runtime_error {
    explicit NoSuchRole(const std::string& name)
        : std::runtime_error{"no role is called '" + name + "'"}
    {}
};

// what(): one line a mistake, FILE:LINE:COLUMN: KEY: what; allowed
struct BadConfiguration : std::runtime_error {
    using std::runtime_error::runtime_error;
};

} // namespace rs
