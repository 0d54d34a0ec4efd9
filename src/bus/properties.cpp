#include "bus/properties.hpp"

#include "bus/names.hpp"
#include "bus/utf8.hpp"
#include "util/handle.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <system_error>

namespace rs {
namespace {

std::uint64_t microseconds(WallTime time)
{
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

template <typename Value, typename Items, typename Convert>
std::vector<Value> converted(const Items& items, Convert convert)
{
    std::vector<Value> result;
    result.reserve(items.size());
    std::ranges::transform(items, std::back_inserter(result), convert);
    return result;
}

template <typename Status>
struct Property {
    const char* name;
    bool (*differs)(const Status&, const Status&);
};

template <auto Value>
constexpr auto differs = [](const auto& before, const auto& after) {
    return std::invoke(Value, before) != std::invoke(Value, after);
};

constexpr std::array<Property<NodeStatus>, 5> node_properties{{
    {"State", differs<&NodeStatus::state>},
    {"Connections", differs<&NodeStatus::connections>},
    {"Drifts", differs<&NodeStatus::drifts>},
    {"Problems", differs<&NodeStatus::problems>},
    {"Missing", differs<&NodeStatus::missing>},
}};

constexpr std::array<Property<RoleStatus>, 13> role_properties{{
    {"Forwarding", differs<&RoleStatus::forwarding>},
    {"State", differs<&RoleStatus::state>},
    {"InSync", differs<&RoleStatus::in_sync>},
    {"Vips", differs<&RoleStatus::vips>},
    {"Services", differs<&RoleStatus::services>},
    {"Directors", differs<&RoleStatus::directors>},
    {"Checks", differs<&RoleStatus::checks>},
    {"Connections", differs<&RoleStatus::connections>},
    {"DrainSinceUSec", differs<&drain_since>},
    {"DrainDeadlineUSec", differs<&drain_deadline>},
    {"DrainPersistent", differs<&drain_persistent>},
    {"Drift", differs<&RoleStatus::drift>},
    {"Problems", differs<&RoleStatus::problems>},
}};

void free_path(char* path)
{
    // NOLINTNEXTLINE(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): sd-bus's malloc
    std::free(path);
}

std::vector<BusPropertyName> differing(const auto& properties, const auto& before,
                                       const auto& after)
{
    std::vector<BusPropertyName> names;
    for (const auto& property : properties) {
        if (property.differs(before, after)) {
            names.emplace_back(property.name);
        }
    }
    return names;
}

} // namespace

std::vector<BusVip> bus_vips(const RoleStatus& status)
{
    return converted<BusVip>(status.vips, [](const VipStatus& vip) {
        return BusVip{to_string(vip.vip), valid_utf8(vip.device), vip.bound};
    });
}

std::vector<std::string> bus_services(const RoleStatus& status)
{
    return converted<std::string>(status.services,
                                  [](const rs::Service& service) { return to_string(service); });
}

std::vector<BusDirector> bus_directors(const RoleStatus& status)
{
    return converted<BusDirector>(status.directors, [](const DirectorStatus& director) {
        return BusDirector{to_string(director.address),
                           director.last_poll ? microseconds(*director.last_poll) : 0,
                           valid_utf8(director.last_answer), director.polling, director.told};
    });
}

std::vector<BusCheck> bus_checks(const RoleStatus& status)
{
    return converted<BusCheck>(status.checks, [](const CheckStatus& check) {
        return BusCheck{valid_utf8(check.type), valid_utf8(check.target), check.ok,
                        microseconds(check.since)};
    });
}

std::vector<BusDrift> bus_drift(const RoleStatus& status)
{
    return converted<BusDrift>(status.drift, [](const Drift& drift) {
        return BusDrift{microseconds(drift.when), valid_utf8(drift.what)};
    });
}

std::vector<std::string> bus_problems(const std::vector<std::string>& problems)
{
    return converted<std::string>(problems, valid_utf8);
}

std::uint64_t drain_since(const RoleStatus& status)
{
    return status.drain ? microseconds(status.drain->since) : 0;
}

std::uint64_t drain_deadline(const RoleStatus& status)
{
    return status.drain && status.drain->deadline ? microseconds(*status.drain->deadline) : 0;
}

bool drain_persistent(const RoleStatus& status)
{
    return status.drain && status.drain->persistent;
}

std::vector<BusPropertyName> changed_properties(const NodeStatus& before, const NodeStatus& after)
{
    return differing(node_properties, before, after);
}

std::vector<BusPropertyName> changed_properties(const RoleStatus& before, const RoleStatus& after)
{
    return differing(role_properties, before, after);
}

std::string role_path(const std::string& name)
{
    char* path{};
    const int result = sd_bus_path_encode(role_path_prefix, name.c_str(), &path);
    const Handle<char, free_path> owned{path};
    if (result < 0) {
        throw std::system_error(-result, std::generic_category(), "sd_bus_path_encode: " + name);
    }
    return path;
}

} // namespace rs
