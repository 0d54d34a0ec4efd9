#pragma once
#include "kernel/netlink_message.hpp"

// Neighbours for whom this host answers as a proxy: RTM_NEWNEIGH with NTF_PROXY
// (net/core/neighbour.c).
namespace rs {

struct ProxyRecord {
    int link{};
    Address address;
};

[[nodiscard]] netlink::Request proxy_dump_request(Family family);
[[nodiscard]] std::optional<ProxyRecord> decode_proxy(const netlink::Message& message);

} // namespace rs
