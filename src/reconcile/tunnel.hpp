#pragma once
#include "reconcile/desired.hpp"

namespace rs {

// The devices by which packets for a VIP of `family` come in to a tunnelled role: one for each
// director that this host can reach, or the fallback device. Directors keep the device they have.
[[nodiscard]] std::vector<std::string> tunnel_names(const Role& role, const Host& host,
                                                    Family family);

// Devices, GUE ports and rp_filter, so that the directors' packets get in, and no one else's.
void want_tunnels(const Role& role, const Host& host, Desired& desired);

// By how many bytes a segment must be smaller, so that a packet of a director still fits the path
// to this host with the tunnel around it: the MSS for clients of VIPs of `family`. None while no
// director can be reached.
[[nodiscard]] std::optional<std::uint32_t> tunnel_mss(const Role& role, const Host& host,
                                                      Family family);

} // namespace rs
