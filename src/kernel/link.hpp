#pragma once
#include "kernel/netlink_message.hpp"
#include "model/state.hpp"

// Links: RTM_GETLINK and RTM_NEWLINK (net/core/rtnetlink.c).
namespace rs {

[[nodiscard]] netlink::Request link_dump_request();
[[nodiscard]] std::optional<Link> decode_link(const netlink::Message& message);

} // namespace rs
