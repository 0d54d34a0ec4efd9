#include "kernel/next_hop.hpp"

#include <linux/rtnetlink.h>

#include <algorithm>

namespace rs {
namespace {

std::optional<Address> via(const netlink::Attributes& attributes)
{
    const auto bytes = attributes.find(RTA_VIA);
    std::uint16_t native{}; // rtvia: a family and the address, without a gap
    if (!bytes || bytes->size() < sizeof native) {
        return std::nullopt;
    }
    std::memcpy(&native, bytes->data(), sizeof native);
    const auto family = netlink::family_of(native);
    const auto rest = bytes->subspan(sizeof native);
    if (!family || rest.size() != width(*family) / 8U) {
        return std::nullopt;
    }
    Address address{*family, {}};
    std::memcpy(address.bytes.data(), rest.data(), rest.size());
    return address;
}

std::optional<Address> gateway(const netlink::Attributes& attributes, Family family)
{
    const auto address = attributes.address(RTA_GATEWAY, family);
    return address ? address : via(attributes);
}

// Cuts the first next hop off `rest`; none when what is left is no whole one.
std::optional<NextHop> cut_next_hop(netlink::Bytes& rest, Family family)
{
    rtnexthop head{};
    if (rest.size() < sizeof head) {
        return std::nullopt;
    }
    std::memcpy(&head, rest.data(), sizeof head);
    if (head.rtnh_len < sizeof head || head.rtnh_len > rest.size()) {
        return std::nullopt;
    }
    const netlink::Attributes attributes{rest.first(head.rtnh_len).subspan(sizeof head)};
    rest = netlink::behind(rest, head.rtnh_len);
    return NextHop{gateway(attributes, family), head.rtnh_ifindex, head.rtnh_flags,
                   head.rtnh_hops + 1U};
}

} // namespace

std::vector<NextHop> next_hops(const netlink::Attributes& route, Family family)
{
    auto rest = route.find(RTA_MULTIPATH).value_or(netlink::Bytes{});
    std::vector<NextHop> hops;
    while (auto hop = cut_next_hop(rest, family)) {
        hops.push_back(*hop);
    }
    if (hops.empty()) {
        return {{gateway(route, family), static_cast<int>(route.u32(RTA_OIF).value_or(0))}};
    }
    const auto is_dead = [](const NextHop& hop) { return (hop.flags & RTNH_F_DEAD) != 0; };
    if (std::ranges::all_of(hops, is_dead)) {
        return {hops.front()};
    }
    std::erase_if(hops, is_dead);
    std::ranges::sort(hops);
    return hops;
}

} // namespace rs
