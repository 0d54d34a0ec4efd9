#include "kernel/vip_address.hpp"

#include "kernel/request.hpp"
#include "kernel/tags.hpp"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/route/addr.h>

#include <limits>

namespace rs {
namespace {

using RouteAddress = Handle<rtnl_addr, rtnl_addr_put>;

// No duplicate address detection: the director and the other real servers hold the VIP too.
// Never chosen as a source by itself (preferred lifetime 0). No prefix route: none is needed for
// a host, and when the kernel removes its own it may take our guard, which looks alike, with it.
void complete_ipv6(rtnl_addr& address)
{
    rtnl_addr_set_flags(&address, IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
    rtnl_addr_set_valid_lifetime(&address, std::numeric_limits<std::uint32_t>::max());
    rtnl_addr_set_preferred_lifetime(&address, 0);
}

void complete_ipv4(rtnl_addr& address, const std::string& label)
{
    rtnl_addr_set_scope(&address, RT_SCOPE_HOST);
    if (!label.empty()) {
        check_built(rtnl_addr_set_label(&address, label.c_str()), "address label");
    }
}

RouteAddress build(const VipAddress& vip, int link)
{
    RouteAddress address{allocated(rtnl_addr_alloc())};
    rtnl_addr_set_ifindex(address.get(), link);
    check_built(rtnl_addr_set_local(address.get(), netlink_address(host_prefix(vip.vip)).get()),
                "address");
    return address;
}

} // namespace

netlink::Request encode(Step::Action action, const VipAddress& vip, int link)
{
    const auto address = build(vip, link);
    nl_msg* built = nullptr;
    if (action == Step::Action::remove) {
        check_built(rtnl_addr_build_delete_request(address.get(), 0, &built), "address");
        return netlink::Request{built};
    }
    if (vip.vip.family == Family::ipv4) {
        complete_ipv4(*address, vip.label.text);
    } else {
        complete_ipv6(*address);
    }
    check_built(rtnl_addr_build_add_request(address.get(), NLM_F_CREATE | NLM_F_EXCL, &built),
                "address");
    netlink::Request request{built};
    put(*request, IFA_PROTO, tags::protocol);
    return request;
}

netlink::Request address_dump_request(Family family)
{
    ifaddrmsg header{};
    header.ifa_family = static_cast<std::uint8_t>(netlink::native(family));
    return dump_request(RTM_GETADDR, header);
}

std::optional<AddressRecord> decode_address(const netlink::Message& message)
{
    const auto header = netlink::head<ifaddrmsg>(message);
    if (message.header.nlmsg_type != RTM_NEWADDR || !header) {
        return std::nullopt;
    }
    const auto family = netlink::family_of(header->ifa_family);
    if (!family || header->ifa_prefixlen > width(*family)) {
        return std::nullopt;
    }
    const auto attributes = netlink::attributes<ifaddrmsg>(message);
    // IFA_ADDRESS is the peer of a point-to-point link; IPv6 has IFA_LOCAL only on such.
    auto address = attributes.address(IFA_LOCAL, *family);
    if (!address) {
        address = attributes.address(IFA_ADDRESS, *family);
    }
    if (!address) {
        return std::nullopt;
    }
    return AddressRecord{.link = static_cast<int>(header->ifa_index),
                         .prefix = {*address, header->ifa_prefixlen},
                         .protocol = attributes.u8(IFA_PROTO),
                         .label = attributes.text(IFA_LABEL).value_or("")};
}

bool is_ours(const AddressRecord& record, const std::string& device)
{
    if (!is_host(record.prefix)) {
        return false; // we make hosts only
    }
    if (record.protocol) {
        return *record.protocol == tags::protocol;
    }
    return record.prefix.address.family == Family::ipv4 &&
           record.label.starts_with(device + std::string{tags::label_mark});
}

} // namespace rs
