#include "reconcile/desired.hpp"

#include "reconcile/arp.hpp"
#include "reconcile/reply.hpp"

#include <algorithm>

namespace rs {
namespace {

constexpr std::size_t label_size = 15; // IFNAMSIZ less the terminating zero

Label label_of(const Role& role)
{
    return {(role.device + ":rs-" + role.name).substr(0, label_size)};
}

// The address after `address`; wraps at the end of the space.
Address next(Address address)
{
    for (auto i = width(address.family) / 8U; i-- != 0;) {
        if (++address.bytes.at(i) != 0) {
            break;
        }
    }
    return address;
}

void want_vips(const Role& role, const Host& host, Desired& desired)
{
    for (const auto& vip : role.vips) {
        for (const auto& object : vip_objects(role, vip)) {
            const bool keep = desired.obstacles.empty() || host.owned.contains(object);
            if (keep && !bound_by_others(object, host)) {
                desired.objects.insert(object);
            }
        }
    }
}

void check_device(const Role& role, const Host& host, Desired& desired)
{
    const auto* link = find_link(host, role.device);
    if (link == nullptr) {
        desired.obstacles.push_back("device " + role.device + " does not exist");
    } else if (!link->up) {
        desired.obstacles.push_back("device " + role.device + " is down");
    } else if (link->arp) {
        desired.obstacles.push_back("device " + role.device +
                                    " answers ARP for its addresses; use lo or a dummy device");
    }
    for (const auto& name : role.arp_devices) {
        if (find_link(host, name) == nullptr) {
            desired.warnings.push_back("arp.devices: " + name + " does not exist yet");
        }
    }
}

// Nothing we set keeps a device from answering for its own addresses.
void check_foreign(const Role& role, const Host& host, Desired& desired)
{
    for (const auto& address : host.addresses) {
        const auto holds_it = [&](const Prefix& vip) {
            return contains(vip, address.prefix.address);
        };
        if (address.ours || std::ranges::none_of(role.vips, holds_it)) {
            continue;
        }
        const auto* link = find_link(host, address.device);
        const auto what = to_string(address.prefix.address) + " on " + address.device;
        if (link != nullptr && link->arp) {
            desired.obstacles.push_back(what +
                                        " was added by somebody else and answers ARP there; "
                                        "remove it: ip address del " +
                                        to_string(address.prefix.address) + '/' +
                                        std::to_string(address.prefix.length) + " dev " +
                                        address.device);
        } else if (address.device == role.device) {
            desired.warnings.push_back(
                what + " was bound by somebody else, and stays when the role stops");
        }
    }
}

} // namespace

State vip_objects(const Role& role, const Prefix& vip)
{
    if (binds_by_route(role, vip)) {
        return {VipRoute{vip, role.device}};
    }
    State addresses;
    for (auto address = vip.address; contains(vip, address); address = next(address)) {
        addresses.insert(VipAddress{address, role.device, label_of(role)});
    }
    return addresses;
}

bool bound_by_others(const Object& object, const Host& host)
{
    Prefix vip;
    std::string device;
    if (const auto* address = std::get_if<VipAddress>(&object)) {
        vip = host_prefix(address->vip);
        device = address->device;
    } else if (const auto* route = std::get_if<VipRoute>(&object)) {
        vip = route->vip;
        device = route->device;
    }
    const auto found = std::ranges::lower_bound(host.addresses, DeviceAddress{device, vip, false});
    return found != host.addresses.end() && *found == DeviceAddress{device, vip, false};
}

Desired desired_state(const Role& role, const Host& host)
{
    Desired desired{arp_suppression(role, host), {}, {}};
    for (const auto& vip : role.vips) {
        desired.objects.insert(Guard{vip});
    }
    check_device(role, host, desired);
    check_foreign(role, host, desired);
    want_reply(role, host, desired);
    want_vips(role, host, desired);
    return desired;
}

State desired_state(const Config& config, const Host& host)
{
    State all;
    for (const auto& role : config.roles) {
        all.merge(desired_state(role, host).objects);
    }
    return all;
}

} // namespace rs
