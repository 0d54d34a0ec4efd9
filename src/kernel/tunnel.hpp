#pragma once
#include "kernel/netlink_message.hpp"
#include "model/state.hpp"

#include <vector>

// Making tunnel devices: RTM_NEWLINK with IFLA_LINKINFO (net/ipv4/ip_tunnel.c, ipip.c, ip_gre.c,
// net/ipv6/sit.c, ip6_tunnel.c, ip6_gre.c).
namespace rs {

// Asks for one link by its name; the kernel says ENODEV when there is none.
[[nodiscard]] netlink::Request link_request(const std::string& name);

// One request of those that make up a step. The kernel takes neither alias nor addressing into
// account when it creates a device, so that there are several; they go out in one send.
struct DeviceRequest {
    netlink::Request request;
    bool optional = false; // what became of it does not matter
};

using DeviceRequests = std::vector<DeviceRequest>;

// The device made anew; loads the kernel's module.
[[nodiscard]] DeviceRequests create(const TunnelDevice& tunnel);
// The device with index `link`, which is ours, made to be as `tunnel` says, and up.
[[nodiscard]] DeviceRequests change(const TunnelDevice& tunnel, int link);
[[nodiscard]] netlink::Request remove_link(int link);

// Asks for a fallback device in the only way that loads its module: to create it, in vain (EEXIST).
[[nodiscard]] netlink::Request load_module(const FallbackDevice& fallback);
// The device with index `link` set up and marked as ours, or set down and the mark taken off.
[[nodiscard]] netlink::Request set_up(int link);
[[nodiscard]] netlink::Request set_down(int link);

} // namespace rs
