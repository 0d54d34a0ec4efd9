#include "ctl/drain_progress.hpp"

#include "ctl/words.hpp"
#include "view/time_text.hpp"

#include <algorithm>
#include <map>

namespace rs::ctl {
namespace {

const RoleStatus* find(const NodeStatus& status, const std::string& name)
{
    const auto role = std::ranges::find(status.roles, name, &RoleStatus::name);
    return role == status.roles.end() ? nullptr : &*role;
}

bool out_of_service(const RoleStatus& role)
{
    return role.drain || role.state == RoleState::drained || role.state == RoleState::draining;
}

// Serves, but a director that polls does not know it yet.
bool tells_directors(const RoleStatus& role)
{
    return role.state == RoleState::serving &&
           std::ranges::any_of(role.directors, [](const DirectorStatus& director) {
               return director.polling && !director.told;
           });
}

// What the roles that still drain add up to.
struct Sum {
    std::vector<std::string> waiting;
    std::size_t drained{};
    std::uint64_t connections{};
    std::map<std::string, bool> directors; // those that poll: told by every role?
    std::optional<WallTime> since;
    std::optional<WallTime> deadline;
};

void add(Sum& sum, const RoleStatus& role)
{
    if (role.state == RoleState::drained) {
        ++sum.drained;
        return;
    }
    sum.waiting.push_back(role.name);
    sum.connections += role.connections;
    if (!role.drain) {
        return;
    }
    sum.since = std::min(sum.since.value_or(role.drain->since), role.drain->since);
    if (role.drain->deadline) {
        sum.deadline =
            std::max(sum.deadline.value_or(*role.drain->deadline), *role.drain->deadline);
    }
    for (const auto& director : role.directors) {
        if (director.polling) {
            auto& told = sum.directors.emplace(to_string(director.address), true).first->second;
            told = told && director.told;
        }
    }
}

std::string text_of(const Sum& sum, std::size_t roles, WallTime now)
{
    auto text = "draining " + joined(sum.waiting, ", ") + ": " +
                counted(sum.connections, "connection") + " left";
    if (roles > 1) {
        text += ", " + std::to_string(sum.drained) + " of " + counted(roles, "role") + " drained";
    }
    for (const auto& [director, told] : sum.directors) {
        text += ", " + director + (told ? " told" : " not yet");
    }
    if (sum.since) {
        text += ", " + duration_text(now - *sum.since);
        text += sum.deadline ? " of " + duration_text(*sum.deadline - *sum.since) : "";
    }
    return text;
}

} // namespace

std::optional<Exit> DrainProgress::look(const RoleStatus* role, const std::string& name)
{
    if (role == nullptr) {
        return Exit::failed;
    }
    if (role->state == RoleState::drained) {
        return role->connections == 0 ? Exit::done : Exit::timed_out;
    }
    if (out_of_service(*role)) {
        begun_.insert(name);
        return std::nullopt;
    }
    return begun_.contains(name) ? std::optional{Exit::failed} : std::nullopt;
}

std::optional<Exit> DrainProgress::look(const NodeStatus& status)
{
    auto waiting = false;
    auto worst = Exit::done;
    for (const auto& name : roles_) {
        const auto exit = look(find(status, name), name);
        waiting = waiting || !exit;
        if (exit && *exit != Exit::done && worst != Exit::failed) {
            worst = *exit;
        }
    }
    return waiting ? std::nullopt : std::optional{worst};
}

std::string DrainProgress::line(const NodeStatus& status, WallTime now) const
{
    Sum sum;
    for (const auto& name : roles_) {
        if (const auto* role = find(status, name)) {
            add(sum, *role);
        }
    }
    return text_of(sum, roles_.size(), now);
}

std::string role_line(const NodeStatus& status, const std::string& name)
{
    const auto* role = find(status, name);
    if (role == nullptr) {
        return name + ": no longer configured";
    }
    auto text = name + ": " + std::string{to_string(role->state)};
    if (out_of_service(*role) && (role->connections != 0 || role->state != RoleState::drained)) {
        text += ", " + counted(role->connections, "connection") + " left";
    }
    return text;
}

std::optional<Exit> undrain_outcome(const NodeStatus& status, const std::vector<std::string>& roles)
{
    auto exit = Exit::done;
    for (const auto& name : roles) {
        const auto* role = find(status, name);
        const bool waiting = role != nullptr && (out_of_service(*role) || tells_directors(*role));
        if (waiting) {
            return std::nullopt;
        }
        if (role == nullptr || role->state != RoleState::serving) {
            exit = Exit::failed;
        }
    }
    return exit;
}

} // namespace rs::ctl
