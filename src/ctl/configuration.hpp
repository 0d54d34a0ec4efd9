#pragma once
#include "config/config.hpp"

namespace rs::ctl {

// Throws Failure (Exit::bad_configuration) with every mistake.
[[nodiscard]] LocatedConfig configuration_in(const std::string& directory);

} // namespace rs::ctl
