#include "reconcile/desired.hpp"

#include "reconcile/arp.hpp"
#include "reconcile/reply.hpp"
#include "reconcile/tunnel.hpp"

#include <algorithm>

namespace rs {
namespace {

constexpr std::size_t label_size = 15; // IFNAMSIZ less the terminating zero

Label label_of(const Role& role, const std::string& device)
{
    return {(device + ":rs-" + role.name).substr(0, label_size)};
}

// Where a prefix is one route, or a device of its own is asked for, no VIP is on the tunnels; but
// the kernel filters by the reverse path on a device without an address as if it were strict.
void address_tunnels(const Role& role, const Prefix& vip, const Host& host, State& objects)
{
    if (role.forwarding == Forwarding::tunnelling && vip.address.family == Family::ipv4) {
        for (const auto& device : tunnel_names(role, host, Family::ipv4)) {
            objects.insert(VipAddress{vip.address, device, label_of(role, device)});
        }
    }
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
        for (const auto& object : vip_objects(role, vip, host)) {
            const bool keep = desired.obstacles.empty() || host.owned.contains(object);
            if (keep && !bound_by_others(object, host)) {
                desired.objects.insert(object);
            }
        }
    }
}

// The tunnels, which stand for no device of the administrator's, are ours to make.
void check_device(const Role& role, const Host& host, Desired& desired)
{
    if (role.device.empty()) {
        return;
    }
    const auto* link = find_link(host, role.device);
    if (link == nullptr) {
        desired.obstacles.push_back("device " + role.device + " does not exist");
    } else if (!link->up) {
        desired.obstacles.push_back("device " + role.device + " is down");
    } else if (link->arp) {
        desired.obstacles.push_back("device " + role.device +
                                    " answers ARP for its addresses; use lo or a dummy device");
    }
}

void check_arp_devices(const Role& role, const Host& host, Desired& desired)
{
    for (const auto& name : role.arp_devices) {
        if (find_link(host, name) == nullptr) {
            desired.warnings.push_back("arp.devices: " + name + " does not exist yet");
        }
    }
}

// Who insists on the guard gets nothing bound without it.
void want_arp_guards(const Role& role, const Host& host, Desired& desired)
{
    desired.objects.merge(arp_guards(role, host));
    if (role.arp_guard == GuardUse::on && wants_arp_guards(role) &&
        !host.arp_guard_problem.empty()) {
        desired.obstacles.push_back("arp.guard is on and cannot be had: " + host.arp_guard_problem);
    }
}

// No sysctl keeps a device from answering for its own addresses.
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
            const auto guarded = std::ranges::any_of(role.vips, [&](const Prefix& vip) {
                return holds_it(vip) && host.owned.contains(ArpGuard{vip});
            });
            desired.obstacles.push_back(
                what + " was added by somebody else and " +
                (guarded ? "is kept silent by the ARP guard alone" : "answers ARP there") +
                "; remove it: ip address del " + to_string(address.prefix.address) + '/' +
                std::to_string(address.prefix.length) + " dev " + address.device);
        } else {
            desired.warnings.push_back(
                what + " was bound by somebody else, and stays when the role stops");
        }
    }
}

} // namespace

std::vector<std::string> vip_devices(const Role& role, const Prefix& vip, const Host& host)
{
    if (!role.device.empty()) {
        return {role.device};
    }
    // Of several routes to the same prefix the kernel would use but one.
    return binds_by_route(role, vip) ? std::vector<std::string>{"lo"}
                                     : tunnel_names(role, host, vip.address.family);
}

State vip_objects(const Role& role, const Prefix& vip, const Host& host)
{
    State objects;
    const auto devices = vip_devices(role, vip, host);
    if (binds_by_route(role, vip)) {
        objects.insert(VipRoute{vip, devices.front()});
        address_tunnels(role, vip, host, objects);
        return objects;
    }
    for (const auto& device : devices) {
        for (auto address = vip.address; contains(vip, address); address = next(address)) {
            objects.insert(VipAddress{address, device, label_of(role, device)});
        }
    }
    if (!role.device.empty()) {
        address_tunnels(role, vip, host, objects);
    }
    return objects;
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
    want_arp_guards(role, host, desired);
    check_device(role, host, desired);
    check_arp_devices(role, host, desired);
    want_tunnels(role, host, desired);
    check_foreign(role, host, desired);
    want_reply(role, host, desired);
    want_vips(role, host, desired);
    return desired;
}

// Tunnels end where replies to their directors start.
Outlook outlook(const Config& config)
{
    Outlook outlook;
    for (const auto& role : config.roles) {
        outlook.proxies = outlook.proxies || has_vip(role, Family::ipv6);
        outlook.arp_guards = outlook.arp_guards || wants_arp_guards(role);
        outlook.main_table = outlook.main_table || copies_main_table(role);
        if (role.forwarding == Forwarding::tunnelling) {
            outlook.peers.insert(outlook.peers.end(), role.directors.begin(), role.directors.end());
        }
    }
    return outlook;
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
