#include "kernel/rule.hpp"

#include "kernel/request.hpp"
#include "kernel/tags.hpp"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netlink/route/rule.h>

#include <algorithm>
#include <array>

namespace rs {
namespace {

using Rule = Handle<rtnl_rule, rtnl_rule_put>;

// Selectors that our rules never have. (FRA_SUPPRESS_PREFIXLEN is always sent, as -1.)
constexpr std::array<unsigned, 9> foreign_selectors{FRA_DST,      FRA_IIFNAME,     FRA_OIFNAME,
                                                    FRA_FWMARK,   FRA_GOTO,        FRA_TUN_ID,
                                                    FRA_IP_PROTO, FRA_SPORT_RANGE, FRA_DPORT_RANGE};

bool is_ours(const fib_rule_hdr& header, const netlink::Attributes& attributes)
{
    return attributes.u8(FRA_PROTOCOL) == tags::protocol &&
           attributes.u32(FRA_PRIORITY) == tags::rule_priority && header.action == FR_ACT_TO_TBL &&
           header.tos == 0 && (header.flags & FIB_RULE_INVERT) == 0 &&
           std::ranges::none_of(foreign_selectors,
                                [&](unsigned type) { return attributes.has(type); });
}

} // namespace

netlink::Request encode(Step::Action action, const ReplyRule& reply)
{
    const Rule rule{allocated(rtnl_rule_alloc())};
    rtnl_rule_set_family(rule.get(), netlink::native(reply.from.address.family));
    check_built(rtnl_rule_set_src(rule.get(), netlink_address(reply.from).get()), "rule source");
    rtnl_rule_set_table(rule.get(), reply.table);
    rtnl_rule_set_prio(rule.get(), tags::rule_priority);
    rtnl_rule_set_action(rule.get(), FR_ACT_TO_TBL);
    check_built(rtnl_rule_set_protocol(rule.get(), tags::protocol), "rule protocol");
    nl_msg* built = nullptr;
    check_built(action == Step::Action::add
                    ? rtnl_rule_build_add_request(rule.get(), NLM_F_CREATE | NLM_F_EXCL, &built)
                    : rtnl_rule_build_delete_request(rule.get(), 0, &built),
                "rule");
    return netlink::Request{built};
}

netlink::Request rule_dump_request(Family family)
{
    fib_rule_hdr header{};
    header.family = static_cast<std::uint8_t>(netlink::native(family));
    return dump_request(RTM_GETRULE, header);
}

std::optional<ReplyRule> decode_rule(const netlink::Message& message)
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
    const auto from = attributes.address(FRA_SRC, *family);
    if (!from || header->src_len > width(*family)) {
        return std::nullopt;
    }
    return ReplyRule{{*from, header->src_len}, attributes.u32(FRA_TABLE).value_or(header->table)};
}

} // namespace rs
