#include "kernel/tunnel.hpp"

#include "kernel/request.hpp"
#include "kernel/tags.hpp"
#include "kernel/tunnel_record.hpp"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/ip6_tunnel.h>
#include <linux/rtnetlink.h>

#include <netinet/in.h>

namespace rs {
namespace {

netlink::Request link_message(int type, int flags, const ifinfomsg& header)
{
    netlink::Request request{allocated(nlmsg_alloc_simple(type, flags))};
    auto copy = header;
    check_built(nlmsg_append(request.get(), &copy, sizeof copy, NLMSG_ALIGNTO), "link");
    return request;
}

void put_name(nl_msg& request, const std::string& name)
{
    if (name.empty() || name.size() >= IFNAMSIZ) {
        throw std::invalid_argument{"'" + name + "' is no name for a device"};
    }
    check_built(nla_put_string(&request, IFLA_IFNAME, name.c_str()), "link name");
}

void put_alias(nl_msg& request, std::string_view alias)
{
    check_built(nla_put(&request, IFLA_IFALIAS, static_cast<int>(alias.size()), alias.data()),
                "alias");
}

void put_gre(nl_msg& request, const TunnelDevice& tunnel)
{
    // Both attributes are in network byte order; without a key its value is nothing.
    const std::uint16_t flags = tunnel.checksum ? GRE_CSUM : 0;
    put(request, IFLA_GRE_IFLAGS, flags);
    put(request, IFLA_GRE_OFLAGS, flags);
    put(request, IFLA_GRE_LOCAL, tunnel.local);
    put(request, IFLA_GRE_REMOTE, tunnel.remote);
    if (tunnel.kind == TunnelKind::ip6gre) {
        put(request, IFLA_GRE_FLAGS, std::uint32_t{IP6_TNL_F_IGN_ENCAP_LIMIT});
    }
}

void put_plain(nl_msg& request, const TunnelDevice& tunnel)
{
    put(request, IFLA_IPTUN_LOCAL, tunnel.local);
    put(request, IFLA_IPTUN_REMOTE, tunnel.remote);
    put(request, IFLA_IPTUN_PROTO, inner_protocol(tunnel.kind));
    if (tunnel.kind == TunnelKind::ip6tnl) {
        put(request, IFLA_IPTUN_FLAGS, std::uint32_t{IP6_TNL_F_IGN_ENCAP_LIMIT});
    }
}

void put_kind(nl_msg& request, const TunnelDevice& tunnel)
{
    if (tunnel.local.family != outer_family(tunnel.kind) ||
        tunnel.remote.family != outer_family(tunnel.kind)) {
        throw std::invalid_argument{"addresses of another family than the tunnel's"};
    }
    const Nest info{request, IFLA_LINKINFO};
    check_built(nla_put_string(&request, IFLA_INFO_KIND, to_string(tunnel.kind).data()), "kind");
    const Nest data{request, IFLA_INFO_DATA};
    is_gre(tunnel.kind) ? put_gre(request, tunnel) : put_plain(request, tunnel);
}

// By default a tunnel gives itself link-local addresses, in time for nobody.
DeviceRequest without_addresses(const ifinfomsg& header, const std::string& name)
{
    auto request = link_message(RTM_SETLINK, 0, header);
    put_name(*request, name);
    const Nest families{*request, IFLA_AF_SPEC};
    const Nest ipv6{*request, AF_INET6};
    put(*request, IFLA_INET6_ADDR_GEN_MODE, std::uint8_t{IN6_ADDR_GEN_MODE_NONE});
    return {std::move(request), true}; // a kernel without IPv6
}

ifinfomsg up(int link)
{
    ifinfomsg header{};
    header.ifi_index = link;
    header.ifi_flags = IFF_UP;
    header.ifi_change = IFF_UP;
    return header;
}

DeviceRequest mark_and_set_up(const std::string& name)
{
    auto request = link_message(RTM_SETLINK, 0, up(0));
    put_name(*request, name);
    put_alias(*request, tags::link_alias);
    return {std::move(request)};
}

} // namespace

netlink::Request link_request(const std::string& name)
{
    auto request = link_message(RTM_GETLINK, 0, {});
    put_name(*request, name);
    return request;
}

DeviceRequests create(const TunnelDevice& tunnel)
{
    DeviceRequests requests;
    auto made = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, {});
    put_name(*made, tunnel.name);
    put_kind(*made, tunnel);
    requests.push_back({std::move(made)});
    requests.push_back(without_addresses({}, tunnel.name));
    requests.push_back(mark_and_set_up(tunnel.name));
    return requests;
}

DeviceRequests change(const TunnelDevice& tunnel, int link)
{
    DeviceRequests requests;
    ifinfomsg header{};
    header.ifi_index = link;
    auto changed = link_message(RTM_NEWLINK, 0, header);
    put_kind(*changed, tunnel);
    requests.push_back({std::move(changed)});
    requests.push_back({set_up(link)});
    return requests;
}

netlink::Request remove_link(int link)
{
    ifinfomsg header{};
    header.ifi_index = link;
    return link_message(RTM_DELLINK, 0, header);
}

netlink::Request load_module(const FallbackDevice& fallback)
{
    auto request = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, {});
    put_name(*request, fallback.name);
    const Nest info{*request, IFLA_LINKINFO};
    check_built(nla_put_string(request.get(), IFLA_INFO_KIND, to_string(fallback.kind).data()),
                "kind");
    return request;
}

netlink::Request set_up(int link)
{
    auto request = link_message(RTM_SETLINK, 0, up(link));
    put_alias(*request, tags::link_alias);
    return request;
}

netlink::Request set_down(int link)
{
    auto header = up(link);
    header.ifi_flags = 0;
    auto request = link_message(RTM_SETLINK, 0, header);
    put_alias(*request, "");
    return request;
}

} // namespace rs
