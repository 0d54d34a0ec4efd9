#include "reconcile/surroundings.hpp"

#include <algorithm>
#include <array>

namespace rs {
namespace {

const Prefix loopback_net{{Family::ipv4, {127}}, 8};

bool is_loopback(const Host& host, const std::string& device)
{
    const auto* link = find_link(host, device);
    return link != nullptr && link->loopback;
}

bool has_loopback_address(const Host& host)
{
    return std::ranges::any_of(host.addresses, [&](const DeviceAddress& address) {
        return contains(loopback_net, address.prefix.address) && is_loopback(host, address.device);
    });
}

// lo, unless it is down: then the kernel has taken its addresses away itself.
const Link* loopback_device(const Host& host)
{
    const auto lo =
        std::ranges::find_if(host.links, [](const Link& link) { return link.loopback && link.up; });
    return lo == host.links.end() ? nullptr : &*lo;
}

void check_rules(Family family, const Host& host, std::vector<std::string>& warnings)
{
    struct Lookup {
        std::uint32_t table;
        const char* name;
        const char* priority;
    };

    constexpr std::array<Lookup, 2> lookups{{{255, "local", "0"}, {254, "main", "32766"}}};
    for (const auto& rule : lookups) {
        if (!host.tables_of_all.contains({family, rule.table})) {
            warnings.push_back("the rule to table " + std::string{rule.name} + " is gone: ip " +
                               (family == Family::ipv4 ? "-4" : "-6") + " rule add priority " +
                               rule.priority + " lookup " + rule.name);
        }
    }
}

bool is_vip(const Role& role, const Address& address)
{
    return std::ranges::any_of(role.vips,
                               [&](const Prefix& vip) { return contains(vip, address); });
}

std::string with_length(const Prefix& prefix)
{
    return to_string(prefix.address) + '/' + std::to_string(prefix.length);
}

} // namespace

std::vector<std::string> host_warnings(const Host& host)
{
    std::vector<std::string> warnings;
    if (const auto* lo = loopback_device(host); lo != nullptr && !has_loopback_address(host)) {
        warnings.push_back(lo->name + " has lost 127.0.0.1/8: ip address add 127.0.0.1/8 dev " +
                           lo->name + " scope host");
    }
    check_rules(Family::ipv4, host, warnings);
    const auto is_ipv6 = [](const DeviceAddress& address) {
        return address.prefix.address.family == Family::ipv6;
    };
    if (std::ranges::any_of(host.addresses, is_ipv6)) { // else there may be no IPv6 at all
        check_rules(Family::ipv6, host, warnings);
    }
    return warnings;
}

std::vector<std::string> role_warnings(const Role& role, const Host& host)
{
    std::vector<std::string> warnings;
    for (const auto& address : host.addresses) {
        const auto& prefix = address.prefix;
        if (!address.ours && prefix.address.family == Family::ipv4 && prefix.length < 32 &&
            is_vip(role, prefix.address) && is_loopback(host, address.device)) {
            warnings.push_back(with_length(prefix) + " on " + address.device +
                               " makes this host take all of " + with_length(network(prefix)) +
                               " for its own; remove it: ip address del " + with_length(prefix) +
                               " dev " + address.device);
        }
    }
    for (const auto& [device, address] : host.proxied) {
        if (is_vip(role, address)) {
            warnings.push_back("this host answers neighbour discovery for " + to_string(address) +
                               " on " + device + ", as a proxy, and draws its clients here; " +
                               "remove it: ip -6 neigh del proxy " + to_string(address) + " dev " +
                               device);
        }
    }
    return warnings;
}

} // namespace rs
