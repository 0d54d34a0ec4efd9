#include "ctl/decode.hpp"

#include "config/values.hpp"

namespace rs::ctl {
namespace {

template <typename T>
T value(const Properties& properties, const char* name)
{
    const auto found = properties.find(name);
    return found == properties.end() ? T{} : found->second.get<T>();
}

WallTime time_of(std::uint64_t microseconds)
{
    return WallTime{std::chrono::microseconds{microseconds}};
}

std::optional<WallTime> optional_time(std::uint64_t microseconds)
{
    return microseconds == 0 ? std::nullopt : std::optional{time_of(microseconds)};
}

// A state this program does not know yet is none to rely on.
RoleState state_of(const Properties& properties)
{
    return parse_role_state(value<std::string>(properties, "State")).value_or(RoleState::degraded);
}

std::vector<VipStatus> vips_of(const Properties& properties)
{
    using Entry = sdbus::Struct<std::string, std::string, bool>;
    std::vector<VipStatus> vips;
    for (const auto& entry : value<std::vector<Entry>>(properties, "Vips")) {
        vips.push_back({parse_prefix(std::get<0>(entry)).value_or(Prefix{}), std::get<1>(entry),
                        std::get<2>(entry)});
    }
    return vips;
}

std::vector<Service> services_of(const Properties& properties)
{
    std::vector<Service> services;
    for (const auto& text : value<std::vector<std::string>>(properties, "Services")) {
        if (const auto service = parse_service(text)) {
            services.push_back(*service);
        }
    }
    return services;
}

std::vector<DirectorStatus> directors_of(const Properties& properties)
{
    using Entry = sdbus::Struct<std::string, std::uint64_t, std::string, bool, bool>;
    std::vector<DirectorStatus> directors;
    for (const auto& entry : value<std::vector<Entry>>(properties, "Directors")) {
        directors.push_back({parse_address(std::get<0>(entry)).value_or(Address{}),
                             optional_time(std::get<1>(entry)), std::get<2>(entry),
                             std::get<3>(entry), std::get<4>(entry)});
    }
    return directors;
}

std::vector<CheckStatus> checks_of(const Properties& properties)
{
    using Entry = sdbus::Struct<std::string, std::string, bool, std::uint64_t>;
    std::vector<CheckStatus> checks;
    for (const auto& entry : value<std::vector<Entry>>(properties, "Checks")) {
        checks.push_back({std::get<0>(entry), std::get<1>(entry), std::get<2>(entry),
                          time_of(std::get<3>(entry))});
    }
    return checks;
}

std::vector<Drift> drift_of(const Properties& properties)
{
    using Entry = sdbus::Struct<std::uint64_t, std::string>;
    std::vector<Drift> drift;
    for (const auto& entry : value<std::vector<Entry>>(properties, "Drift")) {
        drift.push_back({time_of(std::get<0>(entry)), std::get<1>(entry)});
    }
    return drift;
}

std::optional<DrainStatus> drain_of(const Properties& properties)
{
    const auto since = optional_time(value<std::uint64_t>(properties, "DrainSinceUSec"));
    if (!since) {
        return std::nullopt;
    }
    return DrainStatus{*since, optional_time(value<std::uint64_t>(properties, "DrainDeadlineUSec")),
                       value<bool>(properties, "DrainPersistent")};
}

} // namespace

RoleStatus role_from(const Properties& properties)
{
    RoleStatus role;
    role.name = value<std::string>(properties, "Name");
    role.forwarding = value<std::string>(properties, "Forwarding") == "tun"
                          ? Forwarding::tunnelling
                          : Forwarding::direct_routing;
    role.state = state_of(properties);
    role.in_sync = value<bool>(properties, "InSync");
    role.vips = vips_of(properties);
    role.services = services_of(properties);
    role.connections = value<std::uint32_t>(properties, "Connections");
    role.drain = drain_of(properties);
    role.directors = directors_of(properties);
    role.checks = checks_of(properties);
    role.drift = drift_of(properties);
    role.problems = value<std::vector<std::string>>(properties, "Problems");
    return role;
}

NodeStatus node_from(const Properties& properties)
{
    NodeStatus node;
    node.version = value<std::string>(properties, "Version");
    node.state = state_of(properties);
    node.connections = value<std::uint32_t>(properties, "Connections");
    node.drifts = value<std::uint64_t>(properties, "Drifts");
    node.problems = value<std::vector<std::string>>(properties, "Problems");
    node.missing = value<std::vector<std::string>>(properties, "Missing");
    return node;
}

} // namespace rs::ctl
