#include "kernel/link.hpp"

#include "kernel/request.hpp"

#include <linux/if.h>
#include <linux/rtnetlink.h>

#include <sys/socket.h>

namespace rs {
namespace {

constexpr std::uint32_t skip_statistics = 1U << 3U; // RTEXT_FILTER_SKIP_STATS

} // namespace

netlink::Request link_dump_request()
{
    auto request = dump_request(RTM_GETLINK, ifinfomsg{});
    put(*request, IFLA_EXT_MASK, skip_statistics);
    return request;
}

std::optional<Link> decode_link(const netlink::Message& message)
{
    const auto info = netlink::head<ifinfomsg>(message);
    // A bridge's ports come a second time as AF_BRIDGE.
    if (message.header.nlmsg_type != RTM_NEWLINK || !info || info->ifi_family != AF_UNSPEC) {
        return std::nullopt;
    }
    const auto attributes = netlink::attributes<ifinfomsg>(message);
    auto name = attributes.text(IFLA_IFNAME);
    if (!name || name->empty() || info->ifi_index <= 0) {
        return std::nullopt;
    }
    const auto has = [&](unsigned flags) { return (info->ifi_flags & flags) != 0; };
    return Link{.index = info->ifi_index,
                .name = std::move(*name),
                .up = has(IFF_UP),
                .arp = !has(IFF_LOOPBACK | IFF_NOARP),
                .loopback = has(IFF_LOOPBACK),
                .mtu = attributes.u32(IFLA_MTU).value_or(0)};
}

} // namespace rs
