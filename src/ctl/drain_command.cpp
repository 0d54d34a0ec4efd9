#include "ctl/commands.hpp"
#include "ctl/follow.hpp"
#include "ctl/progress_line.hpp"
#include "ctl/roles.hpp"
#include "ctl/words.hpp"
#include "view/status_json.hpp"

#include <iostream>

namespace rs::ctl {
namespace {

WallTime now()
{
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

// The last word: a line a role, or with --json the roles as `status` shows them. Where progress
// was printed line by line it has all been said already.
void report(const NodeStatus& status, const std::vector<std::string>& roles, const Common& common,
            bool said)
{
    if (common.quiet) {
        return;
    }
    if (common.json) {
        auto json = Json::array();
        for (const auto& role : status.roles) {
            if (std::ranges::find(roles, role.name) != roles.end()) {
                json.push_back(role_json(role));
            }
        }
        std::cout << json_text({{"roles", json}}) << '\n';
        return;
    }
    if (said) {
        return;
    }
    for (const auto& name : roles) {
        std::cout << role_line(status, name) << '\n';
    }
}

void say_nothing_to_do(const Common& common)
{
    if (!common.quiet) {
        std::cerr << "No role is configured: nothing to do.\n";
    }
}

// Nothing but the names, so that an unknown one changes nothing at all.
std::vector<std::string> checked(Client& client, const std::vector<std::string>& given)
{
    return names_of(client.status(), given);
}

std::string undo(const std::vector<std::string>& given)
{
    return "realserverctl undrain" + (given.empty() ? "" : " " + joined(given, " "));
}

void say_interrupted(const DrainCommand& command)
{
    std::cerr << "Interrupted: the drain goes on. To look: realserverctl status; to undo: "
              << undo(command.roles) << '\n';
}

Exit wait_for_drain(Client& client, const DrainCommand& command,
                    const std::vector<std::string>& names, const Common& common)
{
    DrainProgress progress{names};
    ProgressLine line{common};
    NodeStatus last;
    const auto exit = follow(client, [&](const NodeStatus& status) {
        last = status;
        line.show(status, names, progress.line(status, now()));
        return progress.look(status);
    });
    line.clear();
    if (exit == Exit::interrupted) {
        say_interrupted(command);
        return exit;
    }
    report(last, names, common, !is_terminal());
    if (exit == Exit::failed) {
        std::cerr << "The drain was ended before it was done: by an undrain or a reload.\n";
    }
    if (exit == Exit::timed_out) {
        std::cerr << "The drain's time is over with connections left; they are left alone unless "
                     "drain.on_timeout = \"reset\".\n";
    }
    return exit;
}

Exit wait_for_undrain(Client& client, const std::vector<std::string>& names, const Common& common)
{
    ProgressLine line{common};
    NodeStatus last;
    const auto exit = follow(client, [&](const NodeStatus& status) {
        last = status;
        line.show(status, names, "undraining " + joined(names, ", "));
        return undrain_outcome(status, names);
    });
    line.clear();
    if (exit == Exit::interrupted) {
        return exit;
    }
    report(last, names, common, !is_terminal());
    if (exit == Exit::failed) {
        std::cerr << "Not every role serves; see: realserverctl status\n";
    }
    return exit;
}

} // namespace

Exit run(const DrainCommand& command, const Common& common)
{
    Client client{common};
    const auto names = checked(client, command.roles);
    if (names.empty()) {
        say_nothing_to_do(common);
        return Exit::done;
    }
    for (const auto& role : command.roles.empty() ? std::vector<std::string>{""} : names) {
        client.drain(role, command);
    }
    if (command.wait) {
        return wait_for_drain(client, command, names, common);
    }
    report(client.status(), names, common, false);
    return Exit::done;
}

Exit run(const UndrainCommand& command, const Common& common)
{
    Client client{common};
    const auto names = checked(client, command.roles);
    if (names.empty()) {
        say_nothing_to_do(common);
        return Exit::done;
    }
    for (const auto& role : command.roles.empty() ? std::vector<std::string>{""} : names) {
        client.undrain(role);
    }
    if (command.wait) {
        return wait_for_undrain(client, names, common);
    }
    report(client.status(), names, common, false);
    return Exit::done;
}

} // namespace rs::ctl
