#include "kernel/request.hpp"

#include <netlink/attr.h>
#include <netlink/errno.h>

#include <stdexcept>
#include <string>

namespace rs {

NetlinkAddress netlink_address(const Prefix& prefix)
{
    const auto& [address, length] = prefix;
    NetlinkAddress built{allocated(nl_addr_build(
        netlink::native(address.family), address.bytes.data(), width(address.family) / 8U))};
    nl_addr_set_prefixlen(built.get(), length);
    return built;
}

void check_built(int result, const char* what)
{
    if (result < 0) {
        throw std::invalid_argument{std::string{what} + ": " + nl_geterror(result)};
    }
}

netlink::Request dump_request(int type, const void* header, std::size_t size)
{
    netlink::Request request{allocated(nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_DUMP))};
    // nlmsg_append does not write through its pointer; it only lacks the const.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    check_built(nlmsg_append(request.get(), const_cast<void*>(header), size, NLMSG_ALIGNTO),
                "dump request");
    return request;
}

void put(nl_msg& request, int type, std::uint8_t value)
{
    check_built(nla_put_u8(&request, type, value), "attribute");
}

void put(nl_msg& request, int type, std::uint16_t value)
{
    check_built(nla_put_u16(&request, type, value), "attribute");
}

void put(nl_msg& request, int type, std::uint32_t value)
{
    check_built(nla_put_u32(&request, type, value), "attribute");
}

void put(nl_msg& request, int type, const Address& value)
{
    check_built(nla_put(&request, type, width(value.family) / 8, value.bytes.data()), "attribute");
}

Nest::Nest(nl_msg& request, int type)
    : request_{&request}, start_{allocated(nla_nest_start(&request, type))}
{}

Nest::~Nest()
{
    nla_nest_end(request_, start_);
}

} // namespace rs
