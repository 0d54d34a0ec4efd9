#include "view/status_json.hpp"

#include "view/time_text.hpp"

namespace rs {
namespace {

Json json_of(const std::optional<WallTime>& time)
{
    return time ? Json(rfc3339(*time)) : Json();
}

Json json_of(const VipStatus& vip)
{
    return {{"address", to_string(vip.vip)}, {"device", vip.device}, {"bound", vip.bound}};
}

Json json_of(const Service& service)
{
    return to_string(service);
}

Json json_of(const DirectorStatus& director)
{
    return {{"address", to_string(director.address)},
            {"last_poll", json_of(director.last_poll)},
            {"last_answer", director.last_poll ? Json(director.last_answer) : Json()},
            {"polling", director.polling},
            {"told", director.told}};
}

Json json_of(const CheckStatus& check)
{
    return {{"type", check.type},
            {"target", check.target},
            {"ok", check.ok},
            {"since", rfc3339(check.since)}};
}

Json json_of(const Drift& drift)
{
    return {{"when", rfc3339(drift.when)}, {"what", drift.what}};
}

Json json_of(const std::optional<DrainStatus>& drain)
{
    if (!drain) {
        return {};
    }
    return {{"since", rfc3339(drain->since)},
            {"deadline", json_of(drain->deadline)},
            {"persistent", drain->persistent}};
}

template <typename T>
Json array_of(const std::vector<T>& values)
{
    auto array = Json::array();
    for (const auto& value : values) {
        array.push_back(json_of(value));
    }
    return array;
}

} // namespace

Json role_json(const RoleStatus& role)
{
    return {{"name", role.name},
            {"forwarding", to_string(role.forwarding)},
            {"state", to_string(role.state)},
            {"in_sync", role.in_sync},
            {"vips", array_of(role.vips)},
            {"services", array_of(role.services)},
            {"connections", role.connections},
            {"drain", json_of(role.drain)},
            {"directors", array_of(role.directors)},
            {"checks", array_of(role.checks)},
            {"drift", array_of(role.drift)},
            {"problems", role.problems}};
}

Json status_json(const NodeStatus& status)
{
    auto roles = Json::array();
    for (const auto& role : status.roles) {
        roles.push_back(role_json(role));
    }
    return {{"version", status.version},
            {"state", to_string(status.state)},
            {"roles", roles},
            {"problems", status.problems},
            {"missing", status.missing}};
}

std::string json_text(const Json& json, int indent)
{
    return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

} // namespace rs
