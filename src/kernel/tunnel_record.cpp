#include "kernel/tunnel_record.hpp"

#include "kernel/tags.hpp"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/rtnetlink.h>

#include <netinet/in.h>

#include <array>

namespace rs {
namespace {

constexpr std::array<std::string_view, 5> fallback_names{"tunl0", "sit0", "ip6tnl0", "gre0",
                                                         "ip6gre0"};

std::optional<TunnelKind> kind_of(const netlink::Attributes& info)
{
    const auto text = info.text(IFLA_INFO_KIND);
    for (const auto kind : {TunnelKind::ipip, TunnelKind::sit, TunnelKind::ip6tnl, TunnelKind::gre,
                            TunnelKind::ip6gre}) {
        if (text == to_string(kind)) {
            return kind;
        }
    }
    return std::nullopt;
}

// The unspecified address is how the kernel says any.
std::optional<Address> end_of(const netlink::Attributes& data, unsigned type, Family family)
{
    const auto address = data.address(type, family);
    return address == Address{family, {}} ? std::nullopt : address;
}

void decode_gre(const netlink::Attributes& data, TunnelRecord& record)
{
    const auto flags = data.value<std::uint16_t>(IFLA_GRE_IFLAGS).value_or(0);
    record.local = end_of(data, IFLA_GRE_LOCAL, outer_family(record.kind));
    record.remote = end_of(data, IFLA_GRE_REMOTE, outer_family(record.kind));
    record.checksum = (flags & GRE_CSUM) != 0;
    record.plain = (flags & ~GRE_CSUM) == 0 && !data.has(IFLA_GRE_COLLECT_METADATA) &&
                   data.u32(IFLA_GRE_LINK).value_or(0) == 0;
}

void decode_plain(const netlink::Attributes& data, TunnelRecord& record)
{
    record.local = end_of(data, IFLA_IPTUN_LOCAL, outer_family(record.kind));
    record.remote = end_of(data, IFLA_IPTUN_REMOTE, outer_family(record.kind));
    const auto usual = inner_protocol(record.kind);
    record.plain = data.u8(IFLA_IPTUN_PROTO).value_or(usual) == usual &&
                   !data.has(IFLA_IPTUN_COLLECT_METADATA) &&
                   data.u32(IFLA_IPTUN_LINK).value_or(0) == 0;
}

} // namespace

bool is_gre(TunnelKind kind)
{
    return kind == TunnelKind::gre || kind == TunnelKind::ip6gre;
}

Family outer_family(TunnelKind kind)
{
    const bool ipv6 = kind == TunnelKind::ip6tnl || kind == TunnelKind::ip6gre;
    return ipv6 ? Family::ipv6 : Family::ipv4;
}

// What the kernel has to find inside; gre says it in each packet.
std::uint8_t inner_protocol(TunnelKind kind)
{
    switch (kind) {
    case TunnelKind::ipip:
        return IPPROTO_IPIP;
    case TunnelKind::sit:
        return IPPROTO_IPV6;
    default:
        return 0; // ip6tnl: any
    }
}

std::optional<TunnelRecord> decode_tunnel(const netlink::Message& message)
{
    const auto header = netlink::head<ifinfomsg>(message);
    if (message.header.nlmsg_type != RTM_NEWLINK || !header || header->ifi_family != AF_UNSPEC) {
        return std::nullopt;
    }
    const auto attributes = netlink::attributes<ifinfomsg>(message);
    const netlink::Attributes info{attributes.find(IFLA_LINKINFO).value_or(netlink::Bytes{})};
    const auto kind = kind_of(info);
    const auto name = attributes.text(IFLA_IFNAME);
    if (!kind || !name || name->empty() || header->ifi_index <= 0) {
        return std::nullopt;
    }
    TunnelRecord record;
    record.link = header->ifi_index;
    record.name = *name;
    record.alias = attributes.text(IFLA_IFALIAS).value_or("");
    record.up = (header->ifi_flags & IFF_UP) != 0;
    record.kind = *kind;
    const netlink::Attributes data{info.find(IFLA_INFO_DATA).value_or(netlink::Bytes{})};
    is_gre(*kind) ? decode_gre(data, record) : decode_plain(data, record);
    return record;
}

bool is_ours(const TunnelRecord& record)
{
    return record.alias == tags::link_alias;
}

std::optional<Object> owned_device(const TunnelRecord& record)
{
    if (!is_ours(record) || !record.up) {
        return std::nullopt;
    }
    if (record.name == fallback_name(record.kind)) {
        return FallbackDevice{record.name, record.kind};
    }
    if (!record.plain || !record.local || !record.remote) {
        return std::nullopt;
    }
    return TunnelDevice{record.name, record.kind, *record.local, *record.remote, record.checksum};
}

std::string_view fallback_name(TunnelKind kind)
{
    return fallback_names.at(static_cast<std::size_t>(kind));
}

} // namespace rs
