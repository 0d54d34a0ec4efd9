#pragma once
#include "config/config.hpp"

namespace rs::ctl {

// What the daemon reads.
inline constexpr const char* installed_configuration = "/etc/realserverd";

// As load_config(). Run by root it is also read with the rights of `user`, and what that one cannot
// read is a mistake; if there is no such user, nobody has to read it.
[[nodiscard]] ConfigOrMistakes load_for(const char* user, const std::string& directory);

// The installed one as the daemon's user can read it, any other as whoever runs this.
[[nodiscard]] ConfigOrMistakes load_configuration(const std::string& directory);

// The same; throws Failure (Exit::bad_configuration) with every mistake.
[[nodiscard]] LocatedConfig configuration_in(const std::string& directory);

} // namespace rs::ctl
