#include "kernel/arp_table.hpp"

#include "kernel/request.hpp"
#include "kernel/tags.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_arp.h>

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace rs {
namespace {

using netlink::Attributes;

constexpr std::string_view chain = "output";
constexpr std::string_view set_prefix = "vips";
constexpr unsigned longest = 32;
// Every kind of nftables message names its table by an attribute of this number.
constexpr unsigned table_attribute = NFTA_TABLE_NAME;
static_assert(NFTA_CHAIN_TABLE == table_attribute && NFTA_RULE_TABLE == table_attribute &&
              NFTA_SET_TABLE == table_attribute && NFTA_SET_ELEM_LIST_TABLE == table_attribute);

int message_type(int type)
{
    return NFNL_SUBSYS_NFTABLES << 8 | type;
}

netlink::Request request(int type, int family)
{
    const nfgenmsg header{static_cast<std::uint8_t>(family), NFNETLINK_V0, 0};
    return dump_request(message_type(type), header);
}

// nf_tables matches names with their terminating zero.
void put_name(nl_msg& request, int type, std::string_view name)
{
    check_built(nla_put_string(&request, type, std::string{name}.c_str()), "name");
}

netlink::Request about_table(int type)
{
    auto message = request(type, NFPROTO_ARP);
    put_name(*message, table_attribute, tags::nft_table);
    return message;
}

// The attributes of a message of that type about our table.
std::optional<Attributes> of_table(const netlink::Message& message, int type)
{
    const auto header = netlink::head<nfgenmsg>(message);
    const auto attributes = netlink::attributes<nfgenmsg>(message);
    const bool ours = header && message.header.nlmsg_type == message_type(type) &&
                      header->nfgen_family == NFPROTO_ARP &&
                      attributes.text(table_attribute) == tags::nft_table;
    return ours ? std::optional{attributes} : std::nullopt;
}

Attributes nested(const Attributes& attributes, unsigned type)
{
    return Attributes{attributes.find(type).value_or(netlink::Bytes{})};
}

// Numbers of nfnetlink are in network byte order.
std::optional<std::uint32_t> number(const Attributes& attributes, unsigned type)
{
    const auto value = attributes.u32(type);
    return value ? std::optional{ntohl(*value)} : std::nullopt;
}

std::optional<unsigned> length_of(std::string_view set)
{
    unsigned length{};
    if (!set.starts_with(set_prefix)) {
        return std::nullopt;
    }
    const auto digits = set.substr(set_prefix.size());
    const auto* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, length);
    return error == std::errc{} && stop == end && length <= longest ? std::optional{length}
                                                                    : std::nullopt;
}

bool drops(const Attributes& immediate)
{
    const auto verdict = nested(nested(immediate, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);
    return number(verdict, NFTA_VERDICT_CODE) == NF_DROP;
}

bool is_harmless(std::string_view expression)
{
    constexpr std::array<std::string_view, 3> harmless{"payload", "bitwise", "counter"};
    return std::ranges::find(harmless, expression) != harmless.end();
}

} // namespace

netlink::Request generation_request()
{
    return request(NFT_MSG_GETGEN, NFPROTO_UNSPEC);
}

std::optional<std::uint32_t> decode_generation(const netlink::Message& message)
{
    return message.header.nlmsg_type == message_type(NFT_MSG_NEWGEN)
               ? number(netlink::attributes<nfgenmsg>(message), NFTA_GEN_ID)
               : std::nullopt;
}

netlink::Request arp_table_request()
{
    return about_table(NFT_MSG_GETTABLE);
}

bool is_arp_table_awake(const netlink::Message& message)
{
    const auto table = of_table(message, NFT_MSG_NEWTABLE);
    return table && (number(*table, NFTA_TABLE_FLAGS).value_or(0) & NFT_TABLE_F_DORMANT) == 0;
}

netlink::Request arp_chain_request()
{
    auto message = about_table(NFT_MSG_GETCHAIN);
    put_name(*message, NFTA_CHAIN_NAME, chain);
    return message;
}

bool is_arp_chain_hooked(const netlink::Message& message)
{
    const auto found = of_table(message, NFT_MSG_NEWCHAIN);
    return found && found->text(NFTA_CHAIN_NAME) == chain &&
           number(nested(*found, NFTA_CHAIN_HOOK), NFTA_HOOK_HOOKNUM) == NF_ARP_OUT;
}

netlink::Request arp_rules_dump_request()
{
    auto message = about_table(NFT_MSG_GETRULE);
    put_name(*message, NFTA_RULE_CHAIN, chain);
    return message;
}

// Of what libnftables makes of a rule, what decides: its set, and its verdict. How it comes by the
// sender's address may differ between its versions.
std::optional<ArpRule> decode_arp_rule(const netlink::Message& message)
{
    const auto rule = of_table(message, NFT_MSG_NEWRULE);
    if (!rule || rule->text(NFTA_RULE_CHAIN) != chain) {
        return std::nullopt;
    }
    ArpRule found;
    bool dropped = false;
    for (const auto& bytes : nested(*rule, NFTA_RULE_EXPRESSIONS).all(NFTA_LIST_ELEM)) {
        const Attributes expression{bytes};
        const auto name = expression.text(NFTA_EXPR_NAME).value_or("");
        const auto data = nested(expression, NFTA_EXPR_DATA);
        if (name == "lookup" && number(data, NFTA_LOOKUP_FLAGS).value_or(0) == 0) {
            found.length = length_of(data.text(NFTA_LOOKUP_SET).value_or(""));
        } else if (name == "immediate") {
            dropped = drops(data);
        } else if (!is_harmless(name)) {
            return ArpRule{};
        }
    }
    return dropped ? found : ArpRule{};
}

std::string arp_set_name(unsigned length)
{
    return std::string{set_prefix} + std::to_string(length);
}

netlink::Request arp_set_dump_request(unsigned length)
{
    auto message = about_table(NFT_MSG_GETSETELEM);
    put_name(*message, NFTA_SET_ELEM_LIST_SET, arp_set_name(length));
    return message;
}

std::optional<Senders> decode_arp_set(const netlink::Message& message)
{
    const auto list = of_table(message, NFT_MSG_NEWSETELEM);
    if (!list) {
        return std::nullopt;
    }
    Senders senders;
    for (const auto& element : nested(*list, NFTA_SET_ELEM_LIST_ELEMENTS).all(NFTA_LIST_ELEM)) {
        const auto key = nested(Attributes{element}, NFTA_SET_ELEM_KEY);
        if (const auto address = key.address(NFTA_DATA_VALUE, Family::ipv4)) {
            senders.push_back(*address);
        }
    }
    return senders;
}

bool is_arp_hint(const netlink::Message& message)
{
    const auto header = netlink::head<nfgenmsg>(message);
    const auto attributes = netlink::attributes<nfgenmsg>(message);
    return header && header->nfgen_family == NFPROTO_ARP &&
           attributes.text(table_attribute) == tags::nft_table;
}

} // namespace rs
