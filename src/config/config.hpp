#pragma once
#include "config/load.hpp"
#include "config/located.hpp"
#include "config/mistake.hpp"
#include "model/state.hpp"

#include <string>
#include <variant>

namespace rs {

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
