#include "ctl/client.hpp"
#include "ctl/commands.hpp"
#include "ctl/roles.hpp"
#include "ctl/status_text.hpp"
#include "view/status_json.hpp"

#include <algorithm>
#include <iostream>

namespace rs::ctl {
namespace {

bool serves(const RoleStatus& role)
{
    return role.state == RoleState::serving && role.in_sync;
}

void print(const NodeStatus& status, bool one_role, const Common& common)
{
    if (common.json) {
        std::cout << json_text(status_json(status)) << '\n';
        return;
    }
    const auto look = look_of_output(common.color, common.legend);
    const auto now =
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    std::cout << (one_role ? role_text(status.roles.front(), now, look)
                           : node_text(status, now, look));
}

} // namespace

Exit run(const StatusCommand& command, const Common& common)
{
    Client client{common};
    auto status = client.status();
    if (!command.role.empty()) {
        status.roles = {role_of(status, command.role)};
    }
    if (!common.quiet) {
        print(status, !command.role.empty(), common);
    }
    return std::ranges::all_of(status.roles, serves) ? Exit::done : Exit::failed;
}

} // namespace rs::ctl
