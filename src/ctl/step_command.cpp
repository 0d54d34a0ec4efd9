#include "ctl/step_command.hpp"

#include "kernel/arp_script.hpp"
#include "kernel/arp_table.hpp"
#include "kernel/tags.hpp"

#include <algorithm>

namespace rs::ctl {
namespace {

using std::to_string;

std::string ip(const Address& address)
{
    return address.family == Family::ipv6 ? "ip -6" : "ip";
}

std::string tag()
{
    return " proto " + to_string(tags::protocol);
}

std::string_view module_of(TunnelKind kind)
{
    switch (kind) {
    case TunnelKind::gre:
        return "ip_gre";
    case TunnelKind::ip6tnl:
        return "ip6_tunnel";
    case TunnelKind::ip6gre:
        return "ip6_gre";
    case TunnelKind::ipip:
    case TunnelKind::sit:
        break;
    }
    return to_string(kind);
}

// What a command says of one kind of object, whatever it does with it.
class Wording {
public:
    Wording(const Step& step, int before)
        : verb_{step.action == Step::Action::add ? " add " : " del "},
          adds_{step.action == Step::Action::add},
          before_{before}
    {}

    std::string operator()(const Guard& guard) const
    {
        return ip(guard.vip.address) + " route" + verb_ + "blackhole " + rs::to_string(guard.vip) +
               " metric " + to_string(tags::guard_metric) + tag();
    }

    std::string operator()(const ArpGuard& guard) const
    {
        return std::string{adds_ ? "nft add" : "nft delete"} + " element arp " +
               std::string{tags::nft_table} + ' ' + arp_set_name(guard.vip.length) + " '{ " +
               rs::to_string(guard.vip.address) + " }'";
    }

    std::string operator()(const ProbeBlock& block) const
    {
        return ip(block.from) + " rule" + verb_ + "from " + rs::to_string(block.from) + " to " +
               rs::to_string(block.director) + " ipproto tcp sport " + to_string(block.port) +
               " unreachable priority " + to_string(tags::rule_priority) + " protocol " +
               to_string(tags::protocol);
    }

    std::string operator()(const GuePort& gue) const
    {
        return ip(gue.local) + " fou" + verb_ + "port " + to_string(gue.port) +
               (adds_ ? " gue" : "") + " local " + rs::to_string(gue.local);
    }

    std::string operator()(const TunnelDevice& tunnel) const
    {
        if (!adds_) {
            return "ip link del " + shell_word(tunnel.name);
        }
        return "ip link add " + shell_word(tunnel.name) + " type " +
               std::string{rs::to_string(tunnel.kind)} + " local " + rs::to_string(tunnel.local) +
               " remote " + rs::to_string(tunnel.remote) + (tunnel.checksum ? " icsum" : "") +
               " && ip link set " + shell_word(tunnel.name) + " alias " +
               std::string{tags::link_alias} + " up";
    }

    std::string operator()(const FallbackDevice& fallback) const
    {
        const auto name = shell_word(fallback.name);
        return adds_ ? "modprobe " + std::string{module_of(fallback.kind)} + " && ip link set " +
                           name + " alias " + std::string{tags::link_alias} + " up"
                     : "ip link set " + name + " down alias ''";
    }

    std::string operator()(const Sysctl& sysctl) const
    {
        // With slashes, because the name of a VLAN device has a dot in it.
        return "sysctl -w " + shell_word("net/ipv4/conf/" + sysctl.device + "/" + sysctl.key + "=" +
                                         to_string(adds_ ? sysctl.value : before_));
    }

    std::string operator()(const ReplyRoute& route) const
    {
        const auto to =
            route.destination.length == 0 ? "default" : rs::to_string(route.destination);
        return ip(route.destination.address) + " route" + verb_ + to +
               (route.others.empty() ? way(NextWay{route.gateway, route.device, route.onlink})
                                     : "") +
               " table " + to_string(route.table) + tag() +
               (route.metric != 0 ? " metric " + to_string(route.metric) : "") +
               (adds_ && route.advmss != 0 ? " advmss " + to_string(route.advmss) : "") +
               (route.others.empty() ? "" : ways(route));
    }

    std::string operator()(const ReplyRule& rule) const
    {
        return ip(rule.from.address) + " rule" + verb_ + "from " + rs::to_string(rule.from) +
               " lookup " + to_string(rule.table) + " priority " + to_string(tags::rule_priority) +
               " protocol " + to_string(tags::protocol);
    }

    std::string operator()(const VipAddress& vip) const
    {
        const auto host = host_prefix(vip.vip);
        return ip(vip.vip) + " address" + verb_ + rs::to_string(vip.vip) + "/" +
               to_string(host.length) + " dev " + shell_word(vip.device) +
               (adds_ ? traits(vip) : "");
    }

    std::string operator()(const VipRoute& route) const
    {
        return ip(route.vip.address) + " route" + verb_ + "local " + rs::to_string(route.vip) +
               " dev " + shell_word(route.device) + " table local metric " +
               to_string(tags::vip_route_metric) + tag();
    }

private:
    static std::string way(const NextWay& way)
    {
        return (way.gateway ? " via " + rs::to_string(*way.gateway) : "") + " dev " +
               shell_word(way.device) + (way.onlink ? " onlink" : "");
    }

    static std::string ways(const ReplyRoute& route)
    {
        auto all = route.others;
        all.insert(all.begin(), {route.gateway, route.device, route.onlink, route.weight});
        std::string text;
        for (const auto& each : all) {
            text += " nexthop" + way(each) + " weight " + std::to_string(each.weight);
        }
        return text;
    }

    static std::string traits(const VipAddress& vip)
    {
        if (vip.vip.family == Family::ipv6) {
            return " nodad noprefixroute preferred_lft 0";
        }
        return " scope host" +
               (vip.label.text.empty() ? std::string{} : " label " + shell_word(vip.label.text));
    }

    std::string verb_;
    bool adds_;
    int before_;
};

bool needs_no_quotes(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') ||
           std::string_view{"-_./:=@,+%"}.find(byte) != std::string_view::npos;
}

} // namespace

std::string arp_guard_frame(unsigned length, bool table)
{
    const auto ours = "arp " + std::string{tags::nft_table};
    return (table ? "nft add table " + ours + " && nft add chain " + ours + " output '{ " +
                        arp_hook() + " }' && "
                  : std::string{}) +
           "nft add set " + ours + ' ' + arp_set_name(length) + " '{ " + arp_set_type() +
           " }' && nft add rule " + ours + " output '" + arp_rule(length) + "' && ";
}

std::string arp_guards_removal()
{
    return "nft delete table arp " + std::string{tags::nft_table};
}

std::string step_command(const Step& step, int before)
{
    return std::visit(Wording{step, before}, step.object);
}

std::string shell_word(std::string_view word)
{
    if (!word.empty() && std::ranges::all_of(word, needs_no_quotes)) {
        return std::string{word};
    }
    std::string quoted = "'";
    for (const auto byte : word) {
        quoted += byte == '\'' ? "'\\''" : std::string{byte};
    }
    return quoted + "'";
}

} // namespace rs::ctl
