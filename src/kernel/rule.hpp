#pragma once
#include "kernel/netlink_message.hpp"
#include "reconcile/plan.hpp"

// Rules of policy routing: RTM_NEWRULE (net/core/fib_rules.c).
namespace rs {

[[nodiscard]] netlink::Request encode(Step::Action action, const ReplyRule& reply);
[[nodiscard]] netlink::Request encode(Step::Action action, const ProbeBlock& block);

[[nodiscard]] netlink::Request rule_dump_request(Family family);
// A ReplyRule or a ProbeBlock. Only rules of ours are told: by protocol and priority, with exactly
// the selectors that such a rule has.
[[nodiscard]] std::optional<Object> decode_rule(const netlink::Message& message);

// The table of a rule that every packet comes to, whoever made it.
[[nodiscard]] std::optional<std::uint32_t> catch_all_table(const netlink::Message& message);

} // namespace rs
