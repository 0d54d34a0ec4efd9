#include "kernel/rule.hpp"

#include "kernel/request.hpp"
#include "kernel/tags.hpp"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netlink/route/rule.h>

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace rs {
namespace {

using Rule = Handle<rtnl_rule, rtnl_rule_put>;

// What a rule may select packets by. (FRA_SUPPRESS_PREFIXLEN is always sent, as -1.)
constexpr std::array<unsigned, 10> selectors{
    FRA_SRC,  FRA_DST,    FRA_IIFNAME,  FRA_OIFNAME,     FRA_FWMARK,
    FRA_GOTO, FRA_TUN_ID, FRA_IP_PROTO, FRA_SPORT_RANGE, FRA_DPORT_RANGE};

bool is_ours(const fib_rule_hdr& header, const netlink::Attributes& attributes)
{
    return attributes.u8(FRA_PROTOCOL) == tags::protocol &&
           attributes.u32(FRA_PRIORITY) == tags::rule_priority && header.tos == 0 &&
           (header.flags & FIB_RULE_INVERT) == 0;
}

bool selects_by(const netlink::Attributes& attributes, std::initializer_list<unsigned> wanted)
{
    return std::ranges::all_of(selectors, [&](unsigned type) {
        const bool is_wanted = std::ranges::find(wanted, type) != wanted.end();
        return attributes.has(type) == is_wanted;
    });
}

Rule rule_from(const Prefix& from, int action)
{
    Rule rule{allocated(rtnl_rule_alloc())};
    rtnl_rule_set_family(rule.get(), netlink::native(from.address.family));
    check_built(rtnl_rule_set_src(rule.get(), netlink_address(from).get()), "rule source");
    rtnl_rule_set_prio(rule.get(), tags::rule_priority);
    rtnl_rule_set_action(rule.get(), static_cast<std::uint8_t>(action));
    check_built(rtnl_rule_set_protocol(rule.get(), tags::protocol), "rule protocol");
    return rule;
}

netlink::Request build(Step::Action action, const Rule& rule)
{
    nl_msg* built = nullptr;
    check_built(action == Step::Action::add
                    ? rtnl_rule_build_add_request(rule.get(), NLM_F_CREATE | NLM_F_EXCL, &built)
                    : rtnl_rule_build_delete_request(rule.get(), 0, &built),
                "rule");
    return netlink::Request{built};
}

std::optional<Object> decode_reply(const fib_rule_hdr& header, Family family,
                                   const netlink::Attributes& attributes)
{
    const auto from = attributes.address(FRA_SRC, family);
    if (!from || header.src_len > width(family) || !selects_by(attributes, {FRA_SRC})) {
        return std::nullopt;
    }
    return ReplyRule{{*from, header.src_len}, attributes.u32(FRA_TABLE).value_or(header.table)};
}

std::optional<Object> decode_block(const fib_rule_hdr& header, Family family,
                                   const netlink::Attributes& attributes)
{
    const auto from = attributes.address(FRA_SRC, family);
    const auto director = attributes.address(FRA_DST, family);
    const auto ports = attributes.value<fib_rule_port_range>(FRA_SPORT_RANGE);
    if (!from || !director || header.src_len != width(family) || header.dst_len != width(family) ||
        attributes.u8(FRA_IP_PROTO) != IPPROTO_TCP || !ports || ports->start != ports->end ||
        !selects_by(attributes, {FRA_SRC, FRA_DST, FRA_IP_PROTO, FRA_SPORT_RANGE})) {
        return std::nullopt;
    }
    return ProbeBlock{*from, *director, ports->start};
}

} // namespace

netlink::Request encode(Step::Action action, const ReplyRule& reply)
{
    const auto rule = rule_from(reply.from, FR_ACT_TO_TBL);
    rtnl_rule_set_table(rule.get(), reply.table);
    return build(action, rule);
}

netlink::Request encode(Step::Action action, const ProbeBlock& block)
{
    const auto rule = rule_from(host_prefix(block.from), FR_ACT_UNREACHABLE);
    const auto director = host_prefix(block.director);
    check_built(rtnl_rule_set_dst(rule.get(), netlink_address(director).get()), "rule destination");
    auto request = build(action, rule);
    // libnl before 3.8 cannot set these two.
    const std::uint8_t protocol = IPPROTO_TCP;
    const fib_rule_port_range ports{block.port, block.port};
    put(*request, FRA_IP_PROTO, protocol);
    check_built(nla_put(request.get(), FRA_SPORT_RANGE, sizeof ports, &ports), "rule port");
    return request;
}

netlink::Request rule_dump_request(Family family)
{
    fib_rule_hdr header{};
    header.family = static_cast<std::uint8_t>(netlink::native(family));
    return dump_request(RTM_GETRULE, header);
}

std::optional<Object> decode_rule(const netlink::Message& message)
{
    const auto header = netlink::head<fib_rule_hdr>(message);
    if (message.header.nlmsg_type != RTM_NEWRULE || !header) {
        return std::nullopt;
    }
    const auto family = netlink::family_of(header->family);
    const auto attributes = netlink::attributes<fib_rule_hdr>(message);
    if (!family || !is_ours(*header, attributes)) {
        return std::nullopt;
    }
    switch (header->action) {
    case FR_ACT_TO_TBL:
        return decode_reply(*header, *family, attributes);
    case FR_ACT_UNREACHABLE:
        return decode_block(*header, *family, attributes);
    default:
        return std::nullopt;
    }
}

std::optional<std::uint32_t> catch_all_table(const netlink::Message& message)
{
    const auto header = netlink::head<fib_rule_hdr>(message);
    if (message.header.nlmsg_type != RTM_NEWRULE || !header || header->action != FR_ACT_TO_TBL ||
        header->tos != 0 || (header->flags & FIB_RULE_INVERT) != 0) {
        return std::nullopt;
    }
    const auto attributes = netlink::attributes<fib_rule_hdr>(message);
    if (!selects_by(attributes, {}) || attributes.has(FRA_L3MDEV) ||
        attributes.has(FRA_UID_RANGE)) {
        return std::nullopt;
    }
    return attributes.u32(FRA_TABLE).value_or(header->table);
}

} // namespace rs
