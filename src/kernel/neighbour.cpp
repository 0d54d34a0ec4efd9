#include "kernel/neighbour.hpp"

#include "kernel/request.hpp"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

namespace rs {

netlink::Request proxy_dump_request(Family family)
{
    ndmsg header{};
    header.ndm_family = static_cast<std::uint8_t>(netlink::native(family));
    header.ndm_flags = NTF_PROXY;
    return dump_request(RTM_GETNEIGH, header);
}

std::optional<ProxyRecord> decode_proxy(const netlink::Message& message)
{
    const auto header = netlink::head<ndmsg>(message);
    if (message.header.nlmsg_type != RTM_NEWNEIGH || !header ||
        (header->ndm_flags & NTF_PROXY) == 0) {
        return std::nullopt;
    }
    const auto family = netlink::family_of(header->ndm_family);
    const auto attributes = netlink::attributes<ndmsg>(message);
    const auto address = family ? attributes.address(NDA_DST, *family) : std::nullopt;
    if (!address) {
        return std::nullopt;
    }
    return ProxyRecord{header->ndm_ifindex, *address};
}

} // namespace rs
