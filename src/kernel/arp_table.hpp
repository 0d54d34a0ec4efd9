#pragma once
#include "kernel/netlink_message.hpp"

#include <vector>

// The nftables table that holds the ARP guards, as nfnetlink shows it
// (linux/netfilter/nf_tables.h): one chain at the output hook of family arp and in it, for each
// prefix length in use, one rule that drops what has its sender in the set of that length.
namespace rs {

// One number for the whole ruleset of a network namespace, another after every change of it.
[[nodiscard]] netlink::Request generation_request();
[[nodiscard]] std::optional<std::uint32_t> decode_generation(const netlink::Message& message);

[[nodiscard]] netlink::Request arp_table_request();
// Whether the message is about our table, and nobody has put that to sleep.
[[nodiscard]] bool is_arp_table_awake(const netlink::Message& message);

[[nodiscard]] netlink::Request arp_chain_request();
// Whether the message is about our chain, and that is where ARP frames leave.
[[nodiscard]] bool is_arp_chain_hooked(const netlink::Message& message);

// A rule of the chain: of which prefix length it drops the senders; none: it is not one of ours.
struct ArpRule {
    std::optional<unsigned> length;
};

[[nodiscard]] netlink::Request arp_rules_dump_request();
[[nodiscard]] std::optional<ArpRule> decode_arp_rule(const netlink::Message& message);

[[nodiscard]] std::string arp_set_name(unsigned length);
[[nodiscard]] netlink::Request arp_set_dump_request(unsigned length);
using Senders = std::vector<Address>;
[[nodiscard]] std::optional<Senders> decode_arp_set(const netlink::Message& message);

// Whether a notification is about our table; of others there may be many a second.
[[nodiscard]] bool is_arp_hint(const netlink::Message& message);

} // namespace rs
