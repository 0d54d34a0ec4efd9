#include "model/state.hpp"

#include <algorithm>
#include <array>

namespace rs {
namespace {

struct Text {
    std::string operator()(const Guard& guard) const
    {
        return "blackhole guard for " + to_string(guard.vip);
    }

    std::string operator()(const ArpGuard& guard) const
    {
        return "ARP guard for " + to_string(guard.vip);
    }

    std::string operator()(const ProbeBlock& block) const
    {
        return "block of probes from " + to_string(block.director) + " to " +
               to_string(block.from) + " port " + std::to_string(block.port);
    }

    std::string operator()(const GuePort& gue) const
    {
        return "GUE port " + std::to_string(gue.port) + " at " + to_string(gue.local);
    }

    std::string operator()(const TunnelDevice& tunnel) const
    {
        return std::string{to_string(tunnel.kind)} + " tunnel " + tunnel.name + " from " +
               to_string(tunnel.remote) + " to " + to_string(tunnel.local);
    }

    std::string operator()(const FallbackDevice& fallback) const
    {
        return "tunnel " + fallback.name + " from anybody";
    }

    std::string operator()(const Sysctl& sysctl) const
    {
        return "net/ipv4/conf/" + sysctl.device + '/' + sysctl.key + '=' +
               std::to_string(sysctl.value);
    }

    std::string operator()(const ReplyRoute& route) const
    {
        auto text = "reply route to " +
                    (route.destination.length == 0 ? "default" : to_string(route.destination));
        if (route.gateway) {
            text += " via " + to_string(*route.gateway);
        }
        text += " dev " + route.device;
        if (!route.others.empty()) {
            text += " and " + std::to_string(route.others.size()) + " more";
        }
        return text + " in table " + std::to_string(route.table);
    }

    std::string operator()(const ReplyRule& rule) const
    {
        return "rule from " + to_string(rule.from) + " to table " + std::to_string(rule.table);
    }

    std::string operator()(const VipAddress& vip) const
    {
        return "VIP " + to_string(vip.vip) + " on " + vip.device;
    }

    std::string operator()(const VipRoute& vip) const
    {
        return "VIP route " + to_string(vip.vip) + " on " + vip.device;
    }
};

} // namespace

bool binds_vip(const Object& object)
{
    return std::holds_alternative<VipAddress>(object) || std::holds_alternative<VipRoute>(object);
}

std::string to_string(const Object& object)
{
    return std::visit(Text{}, object);
}

std::string_view to_string(TunnelKind kind)
{
    constexpr std::array<std::string_view, 5> names{"ipip", "sit", "ip6tnl", "gre", "ip6gre"};
    return names.at(static_cast<std::size_t>(kind));
}

const Link* find_link(const Host& host, std::string_view name)
{
    const auto link = std::ranges::find(host.links, name, &Link::name);
    return link == host.links.end() ? nullptr : &*link;
}

} // namespace rs
