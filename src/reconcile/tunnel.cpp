#include "reconcile/tunnel.hpp"

#include "reconcile/hash.hpp"

#include <algorithm>
#include <array>

namespace rs {
namespace {

// All that a header can grow to with the checksum options IPVS may be told to use.
constexpr std::uint32_t gre_header = 8;  // with a checksum
constexpr std::uint32_t gue_header = 20; // UDP 8, GUE 4, remote checksum offload 8
constexpr std::uint32_t tcp_header = 20;

// The kernel's own devices, which take packets from anybody.
constexpr std::array<std::string_view, 5> fallback_names{"tunl0", "sit0", "ip6tnl0", "gre0",
                                                         "ip6gre0"};

std::uint32_t ip_header(Family family)
{
    return family == Family::ipv4 ? 20 : 40;
}

TunnelKind kind_of(Encapsulation encapsulation, Family outer, Family inner)
{
    if (encapsulation == Encapsulation::gre) {
        return outer == Family::ipv4 ? TunnelKind::gre : TunnelKind::ip6gre;
    }
    // Once its headers are off, what came by GUE is an ordinary tunnelled packet.
    if (outer == Family::ipv6) {
        return TunnelKind::ip6tnl;
    }
    return inner == Family::ipv4 ? TunnelKind::ipip : TunnelKind::sit;
}

const TunnelDevice* owned_tunnel(const Host& host, TunnelKind kind, const Address& remote)
{
    static const Object least{TunnelDevice{}};
    for (auto at = host.owned.lower_bound(least); at != host.owned.end(); ++at) {
        const auto* tunnel = std::get_if<TunnelDevice>(&*at);
        if (tunnel == nullptr) {
            break;
        }
        if (tunnel->kind == kind && tunnel->remote == remote) {
            return tunnel;
        }
    }
    return nullptr;
}

// Where the director's packets arrive: as configured, or where this host answers it from. While
// there is no way to it, as it was.
std::optional<Address> local_towards(const Role& role, const Host& host, const Address& director,
                                     TunnelKind kind)
{
    const auto& local = role.tunnel.local;
    if (local && local->family == director.family) {
        return local;
    }
    if (const auto path = host.paths.find(director); path != host.paths.end()) {
        return path->second.local;
    }
    const auto* owned = owned_tunnel(host, kind, director);
    return owned == nullptr ? std::nullopt : std::optional{owned->local};
}

// By its parameters, so that one with others is another device; short, because labels of
// addresses begin with it.
std::string name_of(const TunnelDevice& device)
{
    const auto text = std::string{to_string(device.kind)} + (device.checksum ? "+csum|" : "|") +
                      to_string(device.local) + '|' + to_string(device.remote);
    auto hash = hash_of(text);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string name = "lvs";
    for (int i = 0; i != 6; ++i, hash >>= 4U) {
        name += digits[hash & 0xfU];
    }
    return name;
}

// Somebody may have given the device another name.
TunnelDevice device_for(const Role& role, const Host& host, TunnelKind kind, const Address& local,
                        const Address& remote)
{
    TunnelDevice device{{}, kind, local, remote, role.tunnel.checksum};
    const auto* owned = owned_tunnel(host, kind, remote);
    if (owned != nullptr && owned->local == local && owned->checksum == device.checksum) {
        return *owned;
    }
    device.name = name_of(device);
    return device;
}

std::vector<TunnelDevice> tunnels(const Role& role, const Host& host, Family inner)
{
    std::vector<TunnelDevice> devices;
    for (const auto& director : role.directors) {
        const auto kind = kind_of(role.tunnel.encapsulation, director.family, inner);
        if (const auto local = local_towards(role, host, director, kind)) {
            devices.push_back(device_for(role, host, kind, *local, director));
        }
    }
    return devices;
}

TunnelKind fallback_kind(const Role& role)
{
    const bool outer_ipv6 = role.tunnel.device.starts_with("ip6");
    return kind_of(role.tunnel.encapsulation, outer_ipv6 ? Family::ipv6 : Family::ipv4,
                   Family::ipv4);
}

// Strict filtering would drop what comes out of the tunnel, because its senders are elsewhere; 0 is
// not enough, the kernel takes the greater of this and the value for "all".
Sysctl loose_filter(const std::string& device)
{
    return {device, "rp_filter", 2};
}

void want_device(const Role& role, const TunnelDevice& device, Desired& desired)
{
    desired.objects.insert(device);
    if (role.tunnel.encapsulation == Encapsulation::gue) {
        desired.objects.insert(GuePort{device.local, role.tunnel.port});
    }
}

void warn_of_open_tunnels(const Role& role, const Host& host, Desired& desired)
{
    for (const auto name : fallback_names) {
        const auto* link = find_link(host, name);
        if (link == nullptr || !link->up) {
            continue;
        }
        const std::string what =
            std::string{name} + " is up, and takes tunnelled packets from anybody";
        desired.warnings.push_back(name == role.tunnel.device
                                       ? what + ": leave tunnel.device out to close it"
                                       : what + "; set it down: ip link set " + std::string{name} +
                                             " down");
    }
}

// One that somebody else has set up already stays so when the role stops.
void want_fallback(const Role& role, const Host& host, Desired& desired)
{
    const FallbackDevice device{role.tunnel.device, fallback_kind(role)};
    const auto* link = find_link(host, device.name);
    if (link == nullptr || !link->up || host.owned.contains(device)) {
        desired.objects.insert(device);
    }
}

void say_unreachable(const Role& role, const Host& host, Desired& desired)
{
    std::size_t unreachable{};
    for (const auto& director : role.directors) {
        const bool reached = host.paths.contains(director) ||
                             (role.tunnel.local && role.tunnel.local->family == director.family);
        if (!reached) {
            ++unreachable;
            desired.warnings.push_back("there is no route to director " + to_string(director) +
                                       ", so no tunnel from it");
        }
    }
    if (unreachable == role.directors.size()) {
        desired.obstacles.emplace_back("no director can be reached");
    }
}

// What takes in packets for the role's VIPs of one family.
void want_family(const Role& role, const Host& host, Family family, Desired& desired)
{
    if (role.tunnel.device.empty()) {
        for (const auto& device : tunnels(role, host, family)) {
            want_device(role, device, desired);
        }
    }
    if (family == Family::ipv4) {
        for (const auto& name : tunnel_names(role, host, family)) {
            desired.objects.insert(loose_filter(name));
        }
    }
}

} // namespace

std::vector<std::string> tunnel_names(const Role& role, const Host& host, Family family)
{
    if (!role.tunnel.device.empty()) {
        return {role.tunnel.device};
    }
    std::vector<std::string> names;
    for (const auto& device : tunnels(role, host, family)) {
        names.push_back(device.name);
    }
    return names;
}

void want_tunnels(const Role& role, const Host& host, Desired& desired)
{
    if (role.forwarding != Forwarding::tunnelling) {
        return;
    }
    warn_of_open_tunnels(role, host, desired);
    if (!role.tunnel.device.empty()) {
        want_fallback(role, host, desired);
    } else {
        say_unreachable(role, host, desired);
    }
    for (const auto family : {Family::ipv4, Family::ipv6}) {
        if (has_vip(role, family)) {
            want_family(role, host, family, desired);
        }
    }
}

std::optional<std::uint32_t> tunnel_mss(const Role& role, const Host& host, Family family)
{
    std::optional<std::uint32_t> least;
    for (const auto& director : role.directors) {
        const auto path = host.paths.find(director);
        if (path == host.paths.end()) {
            continue;
        }
        auto headers = ip_header(director.family) + ip_header(family) + tcp_header;
        headers += role.tunnel.encapsulation == Encapsulation::gre   ? gre_header
                   : role.tunnel.encapsulation == Encapsulation::gue ? gue_header
                                                                     : 0;
        const auto mss = path->second.mtu > headers ? path->second.mtu - headers : 0;
        least = std::min(least.value_or(mss), mss);
    }
    return least;
}

} // namespace rs
