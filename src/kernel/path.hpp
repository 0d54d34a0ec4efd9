#pragma once
#include "kernel/route.hpp"

// What the kernel would do with a packet: RTM_GETROUTE for one destination.
namespace rs {

[[nodiscard]] netlink::Request path_request(const Address& peer);
// Whether the record leads off this host, from an address of ours. A host that is its own director
// needs no tunnel.
[[nodiscard]] bool is_path(const RouteRecord& record);
// On `link`, which is the record's. The MTU is that of the route, or of what was learnt about the
// path, never more than the device's.
[[nodiscard]] Path path_on(const RouteRecord& record, const Link& link);

} // namespace rs
