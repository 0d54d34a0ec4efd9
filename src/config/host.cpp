#include "config/config.hpp"

#include <algorithm>

namespace rs {
namespace {

// The addresses that make the host reachable as itself.
std::vector<const DeviceAddress*> own_addresses(const Host& host)
{
    std::vector<const DeviceAddress*> own;
    for (const auto& address : host.addresses) {
        const auto* const link = find_link(host, address.device);
        // What was bound where nobody asks by ARP, on lo or tunl0, is a VIP that somebody set up.
        if (!address.ours && (link == nullptr || link->arp)) {
            own.push_back(&address);
        }
    }
    return own;
}

void check_vips(const Role& role, const RolePlaces& places,
                const std::vector<const DeviceAddress*>& own, Mistakes& mistakes)
{
    for (std::size_t i = 0; i != role.vips.size(); ++i) {
        const auto taken = std::ranges::find_if(own, [&](const DeviceAddress* address) {
            return address->device != role.device &&
                   contains(role.vips[i], address->prefix.address);
        });
        if (taken != own.end()) {
            const auto text = to_string((*taken)->prefix.address);
            mistakes.push_back({places.file, places.vips[i], "vips",
                                text + " is this host's own address, on " + (*taken)->device,
                                "expected an address that only the cluster has"});
        }
    }
}

void check_device(const Role& role, const RolePlaces& places, const Host& host, Mistakes& mistakes)
{
    const auto* const link = find_link(host, role.device);
    if (link != nullptr && link->arp) {
        mistakes.push_back({places.file, places.device, "device",
                            in_quotes(role.device) + " answers ARP",
                            R"(expected "lo" or a device without ARP, like a dummy)"});
    }
}

} // namespace

Mistakes check_against_host(const LocatedConfig& located, const Host& host)
{
    Mistakes mistakes;
    const auto own = own_addresses(host);
    for (std::size_t i = 0; i != located.places.size(); ++i) {
        check_vips(located.config.roles[i], located.places[i], own, mistakes);
        check_device(located.config.roles[i], located.places[i], host, mistakes);
    }
    std::ranges::sort(mistakes);
    return mistakes;
}

} // namespace rs
