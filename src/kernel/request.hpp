#pragma once
#include "kernel/netlink_message.hpp"
#include "reconcile/plan.hpp"

#include <netlink/addr.h>

#include <new>

// Building blocks of requests, on top of libnl.
namespace rs {

using NetlinkAddress = Handle<nl_addr, nl_addr_put>;

// libnl's constructors fail only for want of memory.
template <typename T>
[[nodiscard]] T* allocated(T* object)
{
    if (object == nullptr) {
        throw std::bad_alloc{};
    }
    return object;
}

[[nodiscard]] NetlinkAddress netlink_address(const Prefix& prefix);

// Throws std::invalid_argument with libnl's words: it refuses what we should not have asked.
void check_built(int result, const char* what);

// A dump request with the fixed structure `header`, all of which the strict kernel checks.
[[nodiscard]] netlink::Request dump_request(int type, const void* header, std::size_t size);

template <typename T>
[[nodiscard]] netlink::Request dump_request(int type, const T& header)
{
    return dump_request(type, &header, sizeof header);
}

// Appends an attribute that libnl has no setter for.
void put(nl_msg& request, int type, std::uint8_t value);
void put(nl_msg& request, int type, std::uint16_t value);
void put(nl_msg& request, int type, std::uint32_t value);
void put(nl_msg& request, int type, const Address& value);

// An attribute of attributes: holds what is put while it lives.
class Nest {
public:
    Nest(nl_msg& request, int type);
    ~Nest();
    Nest(const Nest&) = delete;
    Nest& operator=(const Nest&) = delete;

private:
    nl_msg* request_;
    nlattr* start_;
};

} // namespace rs
