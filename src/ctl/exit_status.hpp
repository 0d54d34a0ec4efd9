#pragma once
#include <stdexcept>
#include <string>

namespace rs::ctl {

// What realserverctl exits with; realserverctl(1) documents them.
enum class Exit : int {
    done = 0,
    failed = 1,
    usage = 2,
    not_running = 3,
    not_authorised = 4,
    timed_out = 5, // the drain's deadline passed with connections left
    no_such_role = 6,
    bad_configuration = 78, // EX_CONFIG
    interrupted = 130,      // as a shell reports SIGINT
};

// Ends the command: main prints what() to stderr and exits with `status`.
struct Failure : std::runtime_error {
    Failure(Exit exit, const std::string& text) : std::runtime_error{text}, status{exit} {}

    Exit status;
};

} // namespace rs::ctl
