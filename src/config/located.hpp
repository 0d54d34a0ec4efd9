#pragma once
#include "config/mistake.hpp"
#include "model/role.hpp"

#include <string>
#include <vector>

namespace rs {

// Where the parts of a role stand, for mistakes that show only once the host is known.
struct RolePlaces {
    std::string file;
    Position device;            // the file's start where the key is absent
    std::vector<Position> vips; // as in Role::vips
};

struct LocatedConfig {
    Config config;
    std::vector<RolePlaces> places; // as in Config::roles
};

} // namespace rs
