#include "kernel/gue.hpp"

#include "kernel/request.hpp"

#include <linux/fou.h>
#include <linux/genetlink.h>

#include <arpa/inet.h>

namespace rs {
namespace {

netlink::Request generic_request(int type, std::uint8_t command, int flags = 0)
{
    netlink::Request request{allocated(nlmsg_alloc_simple(type, flags))};
    genlmsghdr header{};
    header.cmd = command;
    header.version = 1; // of both families
    check_built(nlmsg_append(request.get(), &header, sizeof header, NLMSG_ALIGNTO),
                "generic netlink");
    return request;
}

// The unspecified address is how the kernel says any, where it says anything.
std::optional<Address> named(const netlink::Attributes& attributes, unsigned type, Family family)
{
    const auto address = attributes.address(type, family);
    return address == Address{family, {}} ? std::nullopt : address;
}

bool for_all_peers(const netlink::Attributes& attributes)
{
    return !named(attributes, FOU_ATTR_PEER_V4, Family::ipv4) &&
           !named(attributes, FOU_ATTR_PEER_V6, Family::ipv6) &&
           attributes.value<std::uint16_t>(FOU_ATTR_PEER_PORT).value_or(0) == 0 &&
           attributes.u32(FOU_ATTR_IFINDEX).value_or(0) == 0;
}

} // namespace

netlink::Request families_dump_request()
{
    return generic_request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_DUMP);
}

std::optional<std::uint16_t> decode_fou_family(const netlink::Message& message)
{
    const auto header = netlink::head<genlmsghdr>(message);
    if (message.header.nlmsg_type != GENL_ID_CTRL || !header || header->cmd != CTRL_CMD_NEWFAMILY) {
        return std::nullopt;
    }
    const auto attributes = netlink::attributes<genlmsghdr>(message);
    return attributes.text(CTRL_ATTR_FAMILY_NAME) == FOU_GENL_NAME
               ? attributes.value<std::uint16_t>(CTRL_ATTR_FAMILY_ID)
               : std::nullopt;
}

netlink::Request encode_gue(Step::Action action, const GuePort& gue, std::uint16_t family)
{
    const auto adds = action == Step::Action::add;
    const auto ipv4 = gue.local.family == Family::ipv4;
    auto request = generic_request(family, adds ? FOU_CMD_ADD : FOU_CMD_DEL);
    put(*request, FOU_ATTR_PORT, std::uint16_t{htons(gue.port)});
    put(*request, FOU_ATTR_AF, static_cast<std::uint8_t>(netlink::native(gue.local.family)));
    put(*request, FOU_ATTR_TYPE, std::uint8_t{FOU_ENCAP_GUE});
    put(*request, ipv4 ? FOU_ATTR_LOCAL_V4 : FOU_ATTR_LOCAL_V6, gue.local);
    return request;
}

netlink::Request gue_dump_request(std::uint16_t family)
{
    return generic_request(family, FOU_CMD_GET, NLM_F_DUMP);
}

std::optional<GuePort> decode_gue(const netlink::Message& message)
{
    const auto header = netlink::head<genlmsghdr>(message);
    if (message.header.nlmsg_type < NLMSG_MIN_TYPE || !header) {
        return std::nullopt;
    }
    const auto attributes = netlink::attributes<genlmsghdr>(message);
    const auto family = netlink::family_of(attributes.u8(FOU_ATTR_AF).value_or(0));
    const auto port = attributes.value<std::uint16_t>(FOU_ATTR_PORT);
    if (!family || !port || attributes.u8(FOU_ATTR_TYPE) != FOU_ENCAP_GUE ||
        !for_all_peers(attributes)) {
        return std::nullopt;
    }
    const auto ipv4 = *family == Family::ipv4;
    const auto local = named(attributes, ipv4 ? FOU_ATTR_LOCAL_V4 : FOU_ATTR_LOCAL_V6, *family);
    return local ? std::optional{GuePort{*local, ntohs(*port)}} : std::nullopt;
}

} // namespace rs
