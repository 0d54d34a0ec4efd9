#pragma once
#include "bus/names.hpp"

#include <string>

// What a daemon that is dead for good left behind.
namespace rs {

// Puts the host back as it was before the first start, as a stop does, and logs what could not be.
// The exit status. Throws std::system_error while a daemon works with the same runtime directory.
[[nodiscard]] int put_back(const std::string& runtime_directory);

// The same where systemd stops the unit of this process, and does not restart it. Nothing while a
// daemon lives, which does it itself.
[[nodiscard]] int put_back_if_stopped(const std::string& runtime_directory, BusKind bus);

} // namespace rs
