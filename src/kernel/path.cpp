#include "kernel/path.hpp"

#include "kernel/request.hpp"

#include <linux/rtnetlink.h>

#include <algorithm>

namespace rs {

netlink::Request path_request(const Address& peer)
{
    netlink::Request request{allocated(nlmsg_alloc_simple(RTM_GETROUTE, 0))};
    rtmsg header{};
    header.rtm_family = static_cast<std::uint8_t>(netlink::native(peer.family));
    header.rtm_dst_len = width(peer.family);
    check_built(nlmsg_append(request.get(), &header, sizeof header, NLMSG_ALIGNTO), "route");
    put(*request, RTA_DST, peer);
    return request;
}

bool is_path(const RouteRecord& record)
{
    return record.type == RTN_UNICAST && record.link > 0 && record.source.has_value();
}

Path path_on(const RouteRecord& record, const Link& link)
{
    const auto mtu = record.mtu != 0 ? std::min(record.mtu, link.mtu) : link.mtu;
    return {record.source.value_or(Address{}), link.name, mtu};
}

} // namespace rs
