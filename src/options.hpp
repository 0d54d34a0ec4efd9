#pragma once
#include <optional>
#include <string>

namespace rs {

// The daemon's command line.
struct Options {
    std::string config = "/etc/realserverd"; // directory of realserverd.toml and conf.d
    bool check = false;                      // only say what is wrong with it
    bool release = false;                    // only put the host back
    bool release_if_stopped = false;         // the same, unless the unit is started again
    bool session_bus = false;                // for tests and the demo
    std::optional<int> front;                // only be the front, with this socket
};

// What to do; or, after --help, --version and mistakes, which it has printed, the exit status.
struct OptionsOrExit {
    Options options;
    std::optional<int> exit_status;
};

[[nodiscard]] OptionsOrExit read_options(int argc, char** argv);

} // namespace rs
