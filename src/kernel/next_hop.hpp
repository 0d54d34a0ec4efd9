#pragma once
#include "kernel/netlink_message.hpp"

#include <vector>

// Where a route leads: RTA_OIF and RTA_GATEWAY or RTA_VIA, or the list RTA_MULTIPATH.
namespace rs {

struct NextHop {
    std::optional<Address> gateway; // of the other family, perhaps (RFC 5549)
    int link{};                     // 0: none
    unsigned flags{};               // RTNH_F_*
    unsigned weight = 1;
    auto operator<=>(const NextHop&) const = default;
};

// Those that are not dead, sorted, or one that is; never none.
[[nodiscard]] std::vector<NextHop> next_hops(const netlink::Attributes& route, Family family);

} // namespace rs
