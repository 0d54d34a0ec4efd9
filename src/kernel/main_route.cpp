#include "kernel/main_route.hpp"

#include "kernel/request.hpp"
#include "kernel/tags.hpp"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <tuple>

namespace rs {
namespace {

bool is_link_local(const Prefix& destination)
{
    static const auto ipv4 = parse_prefix("169.254.0.0/16").value();
    static const auto ipv6 = parse_prefix("fe80::/10").value();
    return destination.length >= 10 && (overlap(ipv4, destination) || overlap(ipv6, destination));
}

// The kernel's own, an administrator's, or what DHCP and router advertisements say.
bool is_calm(std::uint8_t protocol)
{
    return protocol <= RTPROT_STATIC || protocol == RTPROT_RA || protocol == RTPROT_DHCP;
}

} // namespace

netlink::Request main_dump_request(Family family, std::uint8_t protocol)
{
    rtmsg header{};
    header.rtm_family = static_cast<std::uint8_t>(netlink::native(family));
    header.rtm_table = RT_TABLE_MAIN;
    header.rtm_protocol = protocol;
    return dump_request(RTM_GETROUTE, header);
}

bool is_main_route(const RouteRecord& record)
{
    return record.table == RT_TABLE_MAIN && record.type == RTN_UNICAST &&
           record.protocol != tags::protocol && !record.special && record.link > 0 &&
           (record.flags & (RTM_F_CLONED | RTNH_F_DEAD)) == 0 && !is_link_local(record.destination);
}

MainRoute main_route(const RouteRecord& record, const std::string& device)
{
    return {record.destination,
            record.gateway,
            device,
            metric_of(record),
            (record.flags & RTNH_F_ONLINK) != 0,
            record.weight,
            {}};
}

void keep_important(std::vector<MainRoute>& routes)
{
    if (routes.size() <= most_main_routes) {
        return;
    }
    const auto rank = [](const MainRoute& route) {
        return std::tuple{route.destination.length != 0, route.gateway.has_value(),
                          route.destination.length};
    };
    std::ranges::sort(routes);
    std::ranges::stable_sort(routes, {}, rank);
    routes.resize(most_main_routes);
}

bool is_main_hint(const RouteRecord& record)
{
    return record.table == RT_TABLE_MAIN &&
           (record.destination.length == 0 || is_calm(record.protocol));
}

} // namespace rs
