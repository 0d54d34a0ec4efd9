#include "ctl/roles.hpp"

#include "ctl/exit_status.hpp"
#include "ctl/words.hpp"

#include <algorithm>

namespace rs::ctl {
namespace {

std::vector<std::string> all_names(const NodeStatus& status)
{
    std::vector<std::string> names;
    for (const auto& role : status.roles) {
        names.push_back(role.name);
    }
    return names;
}

} // namespace

const RoleStatus& role_of(const NodeStatus& status, const std::string& name)
{
    const auto role = std::ranges::find(status.roles, name, &RoleStatus::name);
    if (role == status.roles.end()) {
        throw Failure{Exit::no_such_role, no_such_role_text(name, all_names(status))};
    }
    return *role;
}

std::vector<std::string> names_of(const NodeStatus& status, const std::vector<std::string>& given)
{
    if (given.empty()) {
        return all_names(status);
    }
    std::vector<std::string> names;
    for (const auto& name : given) {
        if (std::ranges::find(names, name) == names.end()) {
            names.push_back(role_of(status, name).name);
        }
    }
    return names;
}

} // namespace rs::ctl
