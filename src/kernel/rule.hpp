#pragma once
#include "kernel/netlink_message.hpp"
#include "reconcile/plan.hpp"

// Rules of policy routing: RTM_NEWRULE (net/core/fib_rules.c).
namespace rs {

[[nodiscard]] netlink::Request encode(Step::Action action, const ReplyRule& reply);

[[nodiscard]] netlink::Request rule_dump_request(Family family);
// Only rules of ours are told: by protocol and priority, with a source and a table and no more.
[[nodiscard]] std::optional<ReplyRule> decode_rule(const netlink::Message& message);

} // namespace rs
