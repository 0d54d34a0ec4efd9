#pragma once
#include "model/role.hpp"
#include "model/state.hpp"

namespace rs {

// What one role wants of the kernel.
struct Desired {
    State objects;
    // Why the role cannot be complete on this host, a sentence each: then no VIP is newly wanted,
    // and what is there already is wanted as it is.
    std::vector<std::string> obstacles;
    // What the administrator ought to know, though the role serves.
    std::vector<std::string> warnings;
};

// Depends on the host for the devices that exist, the values that are silent already, the networks
// on which a gateway is reached, and the VIPs that somebody else has bound (those are not wanted).
[[nodiscard]] Desired desired_state(const Role& role, const Host& host);

// What desired_state() has to know of the host for these roles.
[[nodiscard]] Outlook outlook(const Config& config);

// What all roles want together.
[[nodiscard]] State desired_state(const Config& config, const Host& host);

// The devices that hold `vip` for `role`.
[[nodiscard]] std::vector<std::string> vip_devices(const Role& role, const Prefix& vip,
                                                   const Host& host);
// The objects that make `vip` local for `role`, whoever would have to add them.
[[nodiscard]] State vip_objects(const Role& role, const Prefix& vip, const Host& host);

// Whether somebody else has bound the VIP of `object` on its device.
[[nodiscard]] bool bound_by_others(const Object& object, const Host& host);

} // namespace rs
