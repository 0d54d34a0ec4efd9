#include "kernel/route.hpp"

#include "kernel/request.hpp"
#include "kernel/tags.hpp"

#include <linux/rtnetlink.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include <algorithm>

namespace rs {
namespace {

using Route = Handle<rtnl_route, rtnl_route_put>;

constexpr std::uint32_t ipv6_metric = 1024; // IP6_RT_PRIO_USER: what 0 becomes

Route build(const Prefix& destination, std::uint8_t type, std::uint32_t table)
{
    Route route{allocated(rtnl_route_alloc())};
    const auto family = netlink::native(destination.address.family);
    rtnl_route_set_family(route.get(), static_cast<std::uint8_t>(family));
    check_built(rtnl_route_set_dst(route.get(), netlink_address(destination).get()),
                "route destination");
    check_built(rtnl_route_set_type(route.get(), type), "route type");
    rtnl_route_set_table(route.get(), table);
    rtnl_route_set_protocol(route.get(), tags::protocol);
    rtnl_route_set_scope(route.get(), RT_SCOPE_UNIVERSE);
    return route;
}

void add_next_hop(rtnl_route& route, int link, const std::optional<Address>& gateway,
                  unsigned weight = 1, unsigned flags = 0)
{
    auto* hop = allocated(rtnl_route_nh_alloc());
    rtnl_route_nh_set_ifindex(hop, link);
    rtnl_route_nh_set_weight(hop, static_cast<std::uint8_t>(weight - 1));
    rtnl_route_nh_set_flags(hop, flags);
    if (gateway) {
        const auto address = netlink_address(host_prefix(*gateway));
        if (netlink::native(gateway->family) == rtnl_route_get_family(&route)) {
            rtnl_route_nh_set_gateway(hop, address.get());
        } else {
            rtnl_route_nh_set_via(hop, address.get());
        }
    }
    rtnl_route_add_nexthop(&route, hop); // which owns it from here on
}

netlink::Request finish(Step::Action action, rtnl_route& route, int flags = NLM_F_EXCL)
{
    nl_msg* built = nullptr;
    check_built(action == Step::Action::add
                    ? rtnl_route_build_add_request(&route, NLM_F_CREATE | flags, &built)
                    : rtnl_route_build_del_request(&route, 0, &built),
                "route");
    return netlink::Request{built};
}

// RTA_METRICS is a nest of RTAX_* attributes.
std::uint32_t metric(const netlink::Attributes& attributes, unsigned type)
{
    const auto metrics = attributes.find(RTA_METRICS);
    return metrics ? netlink::Attributes{*metrics}.u32(type).value_or(0) : 0;
}

Address unspecified(Family family)
{
    return Address{family, {}};
}

// With several ways the flag is each one's, with one the route's.
void add_ways(rtnl_route& route, const ReplyRoute& reply, int link, std::span<const int> others)
{
    const auto flags = [](bool onlink) { return onlink ? unsigned{RTNH_F_ONLINK} : 0U; };
    if (reply.others.empty()) {
        rtnl_route_set_flags(&route, flags(reply.onlink));
        add_next_hop(route, link, reply.gateway);
        return;
    }
    add_next_hop(route, link, reply.gateway, reply.weight, flags(reply.onlink));
    for (std::size_t i = 0; i != reply.others.size(); ++i) {
        const auto& way = reply.others[i];
        add_next_hop(route, others[i], way.gateway, way.weight, flags(way.onlink));
    }
}

Route build(const ReplyRoute& reply, int link, std::span<const int> others)
{
    auto route = build(reply.destination, RTN_UNICAST, reply.table);
    const auto ipv4 = reply.destination.address.family == Family::ipv4;
    if (!reply.gateway && reply.others.empty() && ipv4) {
        rtnl_route_set_scope(route.get(), RT_SCOPE_LINK);
    }
    if (reply.advmss != 0) {
        check_built(rtnl_route_set_metric(route.get(), RTAX_ADVMSS, reply.advmss), "advmss");
    }
    // Said explicitly, because removing "any metric" might remove another one.
    const auto usual = ipv4 ? 0 : ipv6_metric;
    rtnl_route_set_priority(route.get(), reply.metric != 0 ? reply.metric : usual);
    add_ways(*route, reply, link, others);
    return route;
}

} // namespace

netlink::Request encode(Step::Action action, const Guard& guard)
{
    const auto route = build(guard.vip, RTN_BLACKHOLE, RT_TABLE_MAIN);
    rtnl_route_set_priority(route.get(), tags::guard_metric);
    return finish(action, *route);
}

netlink::Request encode(Step::Action action, const VipRoute& vip, int link)
{
    const auto route = build(vip.vip, RTN_LOCAL, RT_TABLE_LOCAL);
    rtnl_route_set_priority(route.get(), tags::vip_route_metric);
    if (vip.vip.address.family == Family::ipv4) {
        rtnl_route_set_scope(route.get(), RT_SCOPE_HOST);
    }
    add_next_hop(*route, link, std::nullopt);
    return finish(action, *route);
}

netlink::Request encode(Step::Action action, const ReplyRoute& reply, int link,
                        std::span<const int> others)
{
    return finish(action, *build(reply, link, others));
}

netlink::Request encode_replacement(const ReplyRoute& reply, int link, std::span<const int> others)
{
    return finish(Step::Action::add, *build(reply, link, others), NLM_F_REPLACE);
}

std::uint32_t metric_of(const RouteRecord& record)
{
    const auto ipv6 = record.destination.address.family == Family::ipv6;
    return ipv6 && record.priority == ipv6_metric ? 0 : record.priority;
}

netlink::Request route_dump_request(Family family)
{
    rtmsg header{};
    header.rtm_family = static_cast<std::uint8_t>(netlink::native(family));
    header.rtm_protocol = tags::protocol;
    return dump_request(RTM_GETROUTE, header);
}

std::optional<RouteRecord> decode_route(const netlink::Message& message)
{
    const auto header = netlink::head<rtmsg>(message);
    const auto type = message.header.nlmsg_type;
    if ((type != RTM_NEWROUTE && type != RTM_DELROUTE) || !header) {
        return std::nullopt;
    }
    const auto family = netlink::family_of(header->rtm_family);
    if (!family || header->rtm_dst_len > width(*family)) {
        return std::nullopt;
    }
    const auto attributes = netlink::attributes<rtmsg>(message);
    const auto destination = attributes.address(RTA_DST, *family);
    if (!destination && header->rtm_dst_len != 0) {
        return std::nullopt;
    }
    auto hops = next_hops(attributes, *family);
    const auto hop = hops.front();
    hops.erase(hops.begin());
    return RouteRecord{
        .type = header->rtm_type,
        .protocol = header->rtm_protocol,
        .table = attributes.u32(RTA_TABLE).value_or(header->rtm_table),
        .priority = attributes.u32(RTA_PRIORITY).value_or(0),
        .destination = {destination.value_or(unspecified(*family)), header->rtm_dst_len},
        .gateway = hop.gateway,
        .link = hop.link,
        .advmss = metric(attributes, RTAX_ADVMSS),
        .mtu = metric(attributes, RTAX_MTU),
        .source = attributes.address(RTA_PREFSRC, *family),
        .flags = header->rtm_flags | hop.flags,
        .special = header->rtm_tos != 0 || header->rtm_src_len != 0,
        .weight = hop.weight,
        .others = std::move(hops)};
}

std::vector<NextWay> other_ways(const RouteRecord& record, const std::vector<Link>& links)
{
    std::vector<NextWay> ways;
    for (const auto& hop : record.others) {
        const auto link = std::ranges::lower_bound(links, hop.link, {}, &Link::index);
        if (link != links.end() && link->index == hop.link) {
            ways.push_back({hop.gateway, link->name, (hop.flags & RTNH_F_ONLINK) != 0, hop.weight});
        }
    }
    return ways;
}

std::optional<Object> owned_route(const RouteRecord& record, const std::string& device)
{
    if (record.protocol != tags::protocol) {
        return std::nullopt;
    }
    if (record.type == RTN_BLACKHOLE && record.table == RT_TABLE_MAIN &&
        record.priority == tags::guard_metric) {
        return Guard{record.destination};
    }
    if (device.empty()) {
        return std::nullopt;
    }
    if (record.type == RTN_LOCAL && record.table == RT_TABLE_LOCAL &&
        record.priority == tags::vip_route_metric) {
        return VipRoute{record.destination, device};
    }
    if (record.type == RTN_UNICAST && record.table != RT_TABLE_MAIN) {
        return ReplyRoute{record.table,
                          record.destination,
                          record.gateway,
                          device,
                          record.advmss,
                          metric_of(record),
                          (record.flags & RTNH_F_ONLINK) != 0,
                          record.weight,
                          {}};
    }
    return std::nullopt;
}

} // namespace rs
