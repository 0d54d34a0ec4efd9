#pragma once
#include "config/document.hpp"
#include "config/located.hpp"

#include <vector>

namespace rs {

// An address in a role that belongs to one host, and so cannot be a VIP as well.
struct HostAddress {
    Address address;
    Position at;
    std::string key;
};

// A role as far as it could be read.
struct DraftRole {
    Role role;
    RolePlaces places;
    bool forwarding_known{};
    std::vector<HostAddress> host_addresses; // directors, gateway, tunnel.local
};

// Each adds what it finds to `mistakes` and returns what is good, defaults for the rest.
[[nodiscard]] DraftRole validate_role(const Document& document, Mistakes& mistakes);
[[nodiscard]] Node validate_node(const Document& document, Mistakes& mistakes);

// What no role shows alone: VIPs that overlap, VIPs that are a director or a gateway.
void validate_together(const std::vector<DraftRole>& roles, Mistakes& mistakes);
// Of that, tunnels that cannot be there side by side.
void validate_tunnels(const std::vector<DraftRole>& roles, Mistakes& mistakes);

} // namespace rs
