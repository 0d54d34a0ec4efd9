#include "ctl/options.hpp"

#include "config/values.hpp"
#include "ctl/configuration.hpp"
#include "ctl/director_config_options.hpp"
#include "ctl/exit_status.hpp"
#include "ctl/words.hpp"

#include <CLI/CLI.hpp>

#include <map>
#include <ostream>

namespace rs::ctl {
namespace {

constexpr const char* footer = R"(Without a command: status.

Examples:
  realserverctl                          how this host is doing
  realserverctl status web --json | jq   everything about one role
  realserverctl drain web --timeout 10m  take one role out, wait for its connections
  realserverctl drain --runtime && apt upgrade && realserverctl undrain
  realserverctl -H root@rs2 status       the same on another host, over SSH
  realserverctl plan --config ./new      what a new configuration would change here
  realserverctl director-config          what to write into keepalived.conf

Exit status: 0 done, 1 failed, 2 usage, 3 daemon not running, 4 not authorised,
5 drain timed out with connections left, 6 no such role, 78 bad configuration.
status: 0 only if every role serves and is in sync. See realserverctl(1).)";

// Everything CLI11 writes to while it parses.
struct Parsed {
    Common common;
    StatusCommand status;
    DrainCommand drain;
    UndrainCommand undrain;
    PlanCommand plan{installed_configuration};
    CheckCommand check{installed_configuration};
    DirectorConfigOptions director{{installed_configuration, {}, {}, {}, {}}, {}};
    std::string timeout;
    bool runtime = false;
    bool no_wait = false;
    bool no_legend = false;
};

// Added to every command, so that they may stand before or after its name. (CLI11's fallthrough
// would also take a role called like a command for that command.)
void add_common(CLI::App& app, Parsed& parsed)
{
    const std::map<std::string, Color> colors{
        {"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}};
    const auto* const group = "Options for all commands";
    app.set_help_flag("-h,--help", "Show this and exit")->group(group);
    app.add_option("-H,--host", parsed.common.host, "Talk to the daemon of [USER@]HOST over SSH")
        ->type_name("HOST")
        ->group(group);
    app.add_flag("--json", parsed.common.json, "Print JSON, for programs")->group(group);
    app.add_flag("--no-legend", parsed.no_legend, "Print no headings and summaries")->group(group);
    app.add_option("--color", parsed.common.color,
                   "auto (a terminal, without NO_COLOR), always, never")
        ->type_name("WHEN")
        ->transform(CLI::CheckedTransformer(colors).description(""))
        ->group(group);
    app.add_flag("-q,--quiet", parsed.common.quiet, "Print errors only")->group(group);
    app.add_flag("--session-bus", parsed.common.session_bus)->group("");
}

CLI::App& add_command(CLI::App& app, const char* name, const char* what)
{
    return *app.add_subcommand(name, what);
}

void add_drain(CLI::App& app, Parsed& parsed)
{
    auto& drain = add_command(
        app, "drain", "Take roles out of service and wait until their connections are gone");
    drain.add_option("ROLE", parsed.drain.roles, "Roles to drain; none: all of this host");
    drain
        .add_option("--timeout", parsed.timeout,
                    "Wait at most this long, as 30s, 5m, 1h30m; 0: no limit; default: the role's")
        ->type_name("TIME");
    drain.add_flag("--runtime", parsed.runtime, "Forget the drain at the next boot");
    drain.add_flag("--no-wait", parsed.no_wait, "Return at once");

    auto& undrain = add_command(app, "undrain", "Put roles back into service");
    undrain.add_option("ROLE", parsed.undrain.roles, "Roles to undrain; none: all of this host");
    undrain.add_flag("--no-wait", parsed.no_wait, "Return at once");
}

void add_commands(CLI::App& app, Parsed& parsed)
{
    auto& status = add_command(app, "status", "Show how this host and its roles are doing");
    status.add_option("ROLE", parsed.status.role, "Only this role, in detail");
    add_drain(app, parsed);
    auto& plan =
        add_command(app, "plan", "Print the commands that would do what the daemon would do now");
    plan.add_option("--config", parsed.plan.directory, "Configuration to plan for")
        ->type_name("DIR")
        ->capture_default_str();
    auto& check = add_command(app, "check", "Validate a configuration");
    check.add_option("DIR", parsed.check.directory, "Where it is")->capture_default_str();
    add_command(app, "monitor", "Show events as they happen");
    add_command(app, "reload", "Make the daemon read its configuration again");
    add_director_config(add_command(app, "director-config", director_config_summary),
                        parsed.director);
    for (auto* command : app.get_subcommands([](CLI::App*) { return true; })) {
        add_common(*command, parsed);
    }
}

Command command_of(const CLI::App& app, const Parsed& parsed)
{
    if (app.got_subcommand("drain")) {
        return parsed.drain;
    }
    if (app.got_subcommand("undrain")) {
        return parsed.undrain;
    }
    if (app.got_subcommand("plan")) {
        return parsed.plan;
    }
    if (app.got_subcommand("check")) {
        return parsed.check;
    }
    if (app.got_subcommand("monitor")) {
        return MonitorCommand{};
    }
    if (app.got_subcommand("reload")) {
        return ReloadCommand{};
    }
    if (app.got_subcommand("director-config")) {
        return parsed.director.command;
    }
    return parsed.status;
}

Failure unknown_command(CLI::App& app, const std::string& word)
{
    std::vector<std::string> names;
    for (const auto* command : app.get_subcommands([](CLI::App*) { return true; })) {
        names.push_back(command->get_name());
    }
    return {Exit::usage, "there is no command '" + word + "'" + meant(word, names) +
                             "\nThe commands are: " + joined(names, ", ")};
}

Failure usage_failure(CLI::App& app, const CLI::ParseError& error)
{
    const auto words = app.remaining();
    if (app.get_subcommands().empty() && !words.empty() && !words.front().starts_with('-')) {
        return unknown_command(app, words.front());
    }
    return {Exit::usage, std::string{error.what()} + "\nTry 'realserverctl --help'."};
}

void apply_flags(Parsed& parsed)
{
    apply_director_config(parsed.director);
    parsed.common.legend = !parsed.no_legend;
    parsed.drain.persistent = !parsed.runtime;
    parsed.drain.wait = parsed.undrain.wait = !parsed.no_wait;
    if (parsed.timeout.empty()) {
        return;
    }
    parsed.drain.timeout = parse_duration(parsed.timeout);
    if (!parsed.drain.timeout) {
        throw Failure{Exit::usage,
                      "--timeout: '" + parsed.timeout +
                          "' is not a duration; write 30s, 5m, 1h30m, or 0 for no limit"};
    }
}

} // namespace

std::optional<Invocation> parse_command_line(int argc, const char* const* argv, std::ostream& out)
{
    Parsed parsed;
    CLI::App app{"Look at and steer this host's part in a Linux Virtual Server cluster.",
                 "realserverctl"};
    app.get_formatter()->label("SUBCOMMAND", "COMMAND");
    app.get_formatter()->label("Subcommands", "Commands");
    app.get_formatter()->label("TEXT", "");
    app.get_formatter()->label("TEXT ...", "...");
    app.set_version_flag("--version", "realserverctl " RS_VERSION, "Show the version and exit");
    app.require_subcommand(0, 1);
    add_commands(app, parsed);
    add_common(app, parsed);
    app.footer(footer);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& wanted) { // --help, --version
        app.exit(wanted, out, out);
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        throw usage_failure(app, error);
    }
    apply_flags(parsed);
    return Invocation{parsed.common, command_of(app, parsed)};
}

} // namespace rs::ctl
