#pragma once
#include "ctl/terminal.hpp"
#include "model/address.hpp"

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// The command line as values.
namespace rs::ctl {

struct Common {
    std::string host;         // [USER@]HOST over SSH; empty: this one
    bool session_bus = false; // tests and the demo
    bool json = false;
    bool legend = true;
    bool quiet = false;
    Color color = Color::automatic;
};

struct StatusCommand {
    std::string role; // empty: all
};

struct DrainCommand {
    std::vector<std::string> roles;                   // empty: the whole node
    std::optional<std::chrono::microseconds> timeout; // 0: no limit; none: as the roles say
    bool persistent = true;
    bool wait = true;
};

struct UndrainCommand {
    std::vector<std::string> roles;
    bool wait = true;
};

struct PlanCommand {
    std::string directory;
};

struct CheckCommand {
    std::string directory;
};

struct MonitorCommand {};

struct ReloadCommand {};

enum class DirectorFormat { keepalived, ipvsadm, ldirectord };
// How a director asks: by HTTP itself, or by running realserver-check.
enum class DirectorCheck { http, misc };

struct DirectorConfigCommand {
    std::string directory;
    std::vector<std::string> roles; // empty: all
    DirectorFormat format = DirectorFormat::keepalived;
    DirectorCheck check = DirectorCheck::http;
    std::vector<Address> real_addresses; // of this host; empty: as the kernel says
};

using Command = std::variant<StatusCommand, DrainCommand, UndrainCommand, PlanCommand, CheckCommand,
                             MonitorCommand, ReloadCommand, DirectorConfigCommand>;

struct Invocation {
    Common common;
    Command command;
};

// Nothing when --help or --version has been answered on `out`. Throws Failure (Exit::usage).
[[nodiscard]] std::optional<Invocation> parse_command_line(int argc, const char* const* argv,
                                                           std::ostream& out);

} // namespace rs::ctl
