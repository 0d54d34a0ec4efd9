#pragma once
#include "config/load.hpp"
#include "config/mistake.hpp"
#include "model/role.hpp"
#include "model/state.hpp"

#include <string>
#include <variant>
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

using ConfigOrMistakes = std::variant<LocatedConfig, Mistakes>;

// The whole way, load, parse and validate: reads DIRECTORY/realserverd.toml and every role in
// DIRECTORY/conf.d. Either all of it is good, or every mistake of every file comes back, sorted.
[[nodiscard]] ConfigOrMistakes load_config(const std::string& directory);

// The same without the file system: `sources` as load() returns them.
[[nodiscard]] ConfigOrMistakes make_config(const Sources& sources);

// What only the host can tell: a VIP that is an address of the host's own, a device that answers
// ARP. What we bound ourselves and what stands on a loopback device or on the role's own device is
// no mistake. Sorted.
[[nodiscard]] Mistakes check_against_host(const LocatedConfig& located, const Host& host);

} // namespace rs
