#pragma once
#include "kernel/netlink_message.hpp"
#include "reconcile/plan.hpp"

// GUE ports: the generic netlink family "fou" (net/ipv4/fou.c).
namespace rs {

// Generic netlink gives its families numbers when their modules come. Asking for one by name makes
// the kernel look for a module, in vain: fou has no alias for it. So all are asked for.
[[nodiscard]] netlink::Request families_dump_request();
// The number of the family "fou", if the message is about it.
[[nodiscard]] std::optional<std::uint16_t> decode_fou_family(const netlink::Message& message);

[[nodiscard]] netlink::Request encode_gue(Step::Action action, const GuePort& gue,
                                          std::uint16_t family);
[[nodiscard]] netlink::Request gue_dump_request(std::uint16_t family);
// A port of type GUE that is open at one local address, for all peers. There is no room for a tag:
// such a port is ours because we always name the address, and `ip fou add` by itself does not.
[[nodiscard]] std::optional<GuePort> decode_gue(const netlink::Message& message);

} // namespace rs
