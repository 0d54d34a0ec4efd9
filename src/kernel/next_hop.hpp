#pragma once
#include "kernel/netlink_message.hpp"

// Where a route leads: RTA_OIF and RTA_GATEWAY or RTA_VIA, or the list RTA_MULTIPATH.
namespace rs {

struct NextHop {
    std::optional<Address> gateway; // of the other family, perhaps (RFC 5549)
    int link{};                     // 0: none
    unsigned flags{};               // RTNH_F_*
};

// Of several the first that is not dead, or the first.
[[nodiscard]] NextHop next_hop(const netlink::Attributes& route, Family family);

} // namespace rs
