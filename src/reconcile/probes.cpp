#include "reconcile/probes.hpp"

#include <algorithm>

namespace rs {
namespace {

// The addresses of this host's own, where a director would check: no VIP, whoever bound it.
std::vector<Address> own_addresses(const Role& role, const Host& host)
{
    std::vector<Address> own;
    for (const auto& candidate : host.addresses) {
        const auto& address = candidate.prefix.address;
        const auto* link = find_link(host, candidate.device);
        const bool vip =
            candidate.ours || std::ranges::any_of(role.vips, [&](const Prefix& prefix) {
                return contains(prefix, address);
            });
        if (!vip && link != nullptr && !link->loopback) {
            own.push_back(address);
        }
    }
    return own;
}

} // namespace

State probe_blocks(const Role& role, const Host& host)
{
    State blocks;
    for (const auto& from : own_addresses(role, host)) {
        for (const auto& director : role.directors) {
            for (const auto& service : role.services) {
                if (director.family == from.family && service.protocol == Protocol::tcp) {
                    blocks.insert(ProbeBlock{from, director, service.port});
                }
            }
        }
    }
    return blocks;
}

} // namespace rs
