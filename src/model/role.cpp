#include "model/role.hpp"

#include <algorithm>
#include <array>

namespace rs {

std::string_view to_string(Forwarding forwarding)
{
    return forwarding == Forwarding::direct_routing ? "dr" : "tun";
}

std::string_view to_string(CheckType type)
{
    constexpr std::array<std::string_view, 4> names{"tcp", "http", "unit", "exec"};
    return names.at(static_cast<std::size_t>(type));
}

std::string to_string(const Service& service)
{
    return std::to_string(service.port) + (service.protocol == Protocol::tcp ? "/tcp" : "/udp");
}

std::string to_string(const Endpoint& endpoint)
{
    const auto address = to_string(endpoint.address);
    const auto host = endpoint.address.family == Family::ipv6 ? '[' + address + ']' : address;
    return host + ':' + std::to_string(endpoint.port);
}

bool has_vip(const Role& role, Family family)
{
    return std::ranges::any_of(role.vips,
                               [&](const Prefix& vip) { return vip.address.family == family; });
}

bool binds_by_route(const Role& role, const Prefix& vip)
{
    return role.bind == Bind::route || (role.bind == Bind::automatic && !is_host(vip));
}

} // namespace rs
