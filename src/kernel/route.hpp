#pragma once
#include "kernel/next_hop.hpp"
#include "reconcile/plan.hpp"

// Routes: guards, VIPs by route, reply routes: RTM_NEWROUTE (net/ipv4/fib_frontend.c,
// net/ipv6/route.c).
namespace rs {

// One route as the kernel reports it; the device by its index.
struct RouteRecord {
    std::uint8_t type{};     // RTN_*
    std::uint8_t protocol{}; // ours: tags::protocol
    std::uint32_t table{};
    std::uint32_t priority{}; // the metric
    Prefix destination;
    std::optional<Address> gateway; // of the first next hop
    int link{};                     // 0: none
    std::uint32_t advmss{};
    std::uint32_t mtu{};
    std::optional<Address> source; // preferred, or chosen
    std::uint32_t flags{};         // RTNH_F_* of the next hop, RTM_F_*
    bool special{};                // for some packets only: by TOS or source
    unsigned weight = 1;
    std::vector<NextHop> others{}; // that live, too
    auto operator<=>(const RouteRecord&) const = default;
};

// The metric, 0 for what the kernel takes unless told otherwise.
[[nodiscard]] std::uint32_t metric_of(const RouteRecord& record);

// The request that carries out the step on the device with index `link`.
[[nodiscard]] netlink::Request encode(Step::Action action, const Guard& guard);
[[nodiscard]] netlink::Request encode(Step::Action action, const VipRoute& vip, int link);
// `others`: the indices of the devices of its other ways.
[[nodiscard]] netlink::Request encode(Step::Action action, const ReplyRoute& reply, int link,
                                      std::span<const int> others = {});
// Adds the route in the place of ours with the same table, destination and metric, in one piece.
[[nodiscard]] netlink::Request encode_replacement(const ReplyRoute& reply, int link,
                                                  std::span<const int> others = {});

// Asks for our own routes only, which matters beside a full BGP feed; kernels before 4.20 send all.
[[nodiscard]] netlink::Request route_dump_request(Family family);
[[nodiscard]] std::optional<RouteRecord> decode_route(const netlink::Message& message);

// A record's other ways; those over links that are not among these, sorted by index, are left out.
[[nodiscard]] std::vector<NextWay> other_ways(const RouteRecord& record,
                                              const std::vector<Link>& links);

// Our object that the route is, if we made it, without its other ways. `device`: the name of the
// record's link.
[[nodiscard]] std::optional<Object> owned_route(const RouteRecord& record,
                                                const std::string& device);

} // namespace rs
