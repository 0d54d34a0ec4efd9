#pragma once

namespace rs {

// Before a front is executed: of the capabilities that a user who is not root would pass on, only
// the one for low ports is left.
void lower_ambient_capabilities() noexcept;

// Gives up for good, in this process and whatever it may become, what a front never needs: all
// capabilities but that of low ports, and the system calls that start programs, change files, or
// lay hands on other processes. Dies with its parent from here on. Throws std::system_error.
void confine();

} // namespace rs
