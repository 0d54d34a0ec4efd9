#include "kernel/monitor.hpp"

#include "kernel/arp_table.hpp"
#include "kernel/main_route.hpp"
#include "kernel/tags.hpp"

#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>

#include <array>
#include <system_error>

namespace rs {
namespace {

constexpr std::array<int, 8> groups{RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                                    RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_IPV4_RULE,
                                    RTNLGRP_IPV6_RULE,  RTNLGRP_IPV4_NETCONF};
constexpr std::array<int, 1> ruleset_groups{NFNLGRP_NFTABLES};
// Others' changes of the ruleset come in bursts, and are read and forgotten.
constexpr int ruleset_buffer = 1 << 20;

} // namespace

bool is_hint(const netlink::Message& message, bool main_table)
{
    const auto type = message.header.nlmsg_type;
    if (type != RTM_NEWROUTE && type != RTM_DELROUTE) {
        return true; // nothing else was asked for that does not matter
    }
    const auto route = decode_route(message);
    return !route || route->protocol == tags::protocol || route->table == RT_TABLE_LOCAL ||
           (main_table && is_main_hint(*route));
}

Monitor::Monitor(LinuxKernel& kernel, int receive_buffer)
    : kernel_{&kernel},
      netlink_{NETLINK_ROUTE, groups, receive_buffer, [&kernel](const netlink::Message& message) {
                   return is_hint(message, kernel.looks_at_main_table());
               }}
{}

int Monitor::ruleset_fd()
{
    if (!ruleset_ && kernel_->looks_at_ruleset()) {
        try {
            ruleset_.emplace(NETLINK_NETFILTER, ruleset_groups, ruleset_buffer, is_arp_hint);
        } catch (const std::system_error&) {
            return -1;
        }
    }
    return ruleset_ ? ruleset_->fd() : -1;
}

bool Monitor::drain_netlink()
{
    return netlink_.drain();
}

bool Monitor::drain_inotify()
{
    return kernel_->sysctl_files().drain();
}

bool Monitor::drain_ruleset()
{
    return ruleset_ && ruleset_->drain();
}

} // namespace rs
