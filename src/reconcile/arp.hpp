#pragma once
#include "model/role.hpp"
#include "model/state.hpp"

// ARP suppression: what must hold on a host before a VIP may be bound, and while it is.
// Source: net/ipv4/arp.c; Documentation/networking/ip-sysctl.rst.
namespace rs {

// Whether a device whose effective value is this never answers ARP for an address of another
// device (arp_ignore), or never names one as the sender (arp_announce). Not monotonic: the kernel
// takes max(all, device), yet only these few values are silent.
[[nodiscard]] bool ignores_arp(int arp_ignore);
[[nodiscard]] bool announces_own_only(int arp_announce);

// The values `role` needs: on "all" and every ARP device of the host, or on the devices it names.
// A value that is silent already is wanted as it is. None for a role without IPv4 VIPs:
// neighbour discovery answers only for addresses of the receiving device.
[[nodiscard]] State arp_suppression(const Role& role, const Host& host);

[[nodiscard]] bool wants_arp_guards(const Role& role);
// The guards that `role` wants: none where they cannot be added, but for those that are there.
[[nodiscard]] State arp_guards(const Role& role, const Host& host);

// `host` without those of its owned objects that are not in `kept`, as far as arp_hazards() looks.
[[nodiscard]] Host when_only(Host host, const State& kept);

// Why a VIP of `role` could be seen in ARP now, a sentence each; empty when it is safe to bind.
[[nodiscard]] std::vector<std::string> arp_hazards(const Role& role, const Host& host);

} // namespace rs
