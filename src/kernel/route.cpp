#include "kernel/route.hpp"

#include "kernel/request.hpp"
#include "kernel/tags.hpp"

#include <linux/rtnetlink.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

namespace rs {
namespace {

using Route = Handle<rtnl_route, rtnl_route_put>;

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

void set_next_hop(rtnl_route& route, int link, const std::optional<Address>& gateway)
{
    auto* hop = allocated(rtnl_route_nh_alloc());
    rtnl_route_nh_set_ifindex(hop, link);
    if (gateway) {
        rtnl_route_nh_set_gateway(hop, netlink_address(host_prefix(*gateway)).get());
    }
    rtnl_route_add_nexthop(&route, hop); // which owns it from here on
}

netlink::Request finish(Step::Action action, rtnl_route& route)
{
    nl_msg* built = nullptr;
    check_built(action == Step::Action::add
                    ? rtnl_route_build_add_request(&route, NLM_F_CREATE | NLM_F_EXCL, &built)
                    : rtnl_route_build_del_request(&route, 0, &built),
                "route");
    return netlink::Request{built};
}

// RTA_METRICS is a nest of RTAX_* attributes.
std::uint32_t advmss_of(const netlink::Attributes& attributes)
{
    const auto metrics = attributes.find(RTA_METRICS);
    return metrics ? netlink::Attributes{*metrics}.u32(RTAX_ADVMSS).value_or(0) : 0;
}

Address unspecified(Family family)
{
    return Address{family, {}};
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
    set_next_hop(*route, link, std::nullopt);
    return finish(action, *route);
}

netlink::Request encode(Step::Action action, const ReplyRoute& reply, int link)
{
    const auto route = build(reply.destination, RTN_UNICAST, reply.table);
    if (!reply.gateway && reply.destination.address.family == Family::ipv4) {
        rtnl_route_set_scope(route.get(), RT_SCOPE_LINK);
    }
    if (reply.advmss != 0) {
        check_built(rtnl_route_set_metric(route.get(), RTAX_ADVMSS, reply.advmss), "advmss");
    }
    set_next_hop(*route, link, reply.gateway);
    return finish(action, *route);
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
    return RouteRecord{
        .type = header->rtm_type,
        .protocol = header->rtm_protocol,
        .table = attributes.u32(RTA_TABLE).value_or(header->rtm_table),
        .priority = attributes.u32(RTA_PRIORITY).value_or(0),
        .destination = {destination.value_or(unspecified(*family)), header->rtm_dst_len},
        .gateway = attributes.address(RTA_GATEWAY, *family),
        .link = static_cast<int>(attributes.u32(RTA_OIF).value_or(0)),
        .advmss = advmss_of(attributes)};
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
        return ReplyRoute{record.table, record.destination, record.gateway, device, record.advmss};
    }
    return std::nullopt;
}

} // namespace rs
