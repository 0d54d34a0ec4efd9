#pragma once
#include "model/address.hpp"

#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

// What the agent may own in the kernel, as plain values.
namespace rs {

// A blackhole route in the main table: while the VIP is not bound, packets for it are dropped
// instead of being routed back to the director, which would send them here again.
struct Guard {
    Prefix vip;
    auto operator<=>(const Guard&) const = default;
};

// A filter that lets no ARP frame out that names the VIP as its sender, whatever the sysctls say
// and whoever binds the VIP. IPv4 only.
struct ArpGuard {
    Prefix vip;
    auto operator<=>(const ArpGuard&) const = default;
};

// A rule by which no answer from a service port of this host's own address reaches a director: its
// plain TCP checks fail, while clients of the VIPs, and whoever else, notice nothing.
struct ProbeBlock {
    Address from;
    Address director;
    std::uint16_t port{};
    auto operator<=>(const ProbeBlock&) const = default;
};

// The kernel's kinds of tunnel devices, by what is inside and outside: sit is IPv6 in IPv4, ip6tnl
// anything in IPv6, and the gre ones anything in either.
enum class TunnelKind : std::uint8_t { ipip, sit, ip6tnl, gre, ip6gre };

// A UDP port at which GUE headers are taken off; what was inside goes on to the tunnel devices.
struct GuePort {
    Address local; // the only address it is open at
    std::uint16_t port{};
    auto operator<=>(const GuePort&) const = default;
};

// A device that is up and takes packets out of their tunnel, from one sender only.
struct TunnelDevice {
    std::string name;
    TunnelKind kind{};
    Address local;
    Address remote;  // the director
    bool checksum{}; // gre kinds: takes packets with a checksum only; otherwise those without only
    auto operator<=>(const TunnelDevice&) const = default;
};

// The kernel's own device of a kind (tunl0), which takes packets from everybody, set up.
struct FallbackDevice {
    std::string name;
    TunnelKind kind{};
    auto operator<=>(const FallbackDevice&) const = default;
};

// One value under /proc/sys/net/ipv4/conf/DEVICE/; device "all" is the kernel's own word.
struct Sysctl {
    std::string device;
    std::string key;
    int value{};
    auto operator<=>(const Sysctl&) const = default;
};

// One more way that a route leads, beside its first.
struct NextWay {
    std::optional<Address> gateway;
    std::string device;
    bool onlink{};
    unsigned weight = 1; // its share of the connections
    auto operator<=>(const NextWay&) const = default;
};

// A route in one of our own tables, by which packets sent from a VIP leave.
struct ReplyRoute {
    std::uint32_t table{};
    Prefix destination; // length 0: the default route
    std::optional<Address> gateway;
    std::string device;
    std::uint32_t advmss{}; // bytes; 0 leaves it to the kernel
    std::uint32_t metric{}; // 0: the kernel's default
    bool onlink{};          // the gateway is a neighbour whatever other routes say
    unsigned weight = 1;
    std::vector<NextWay> others{}; // sorted
    auto operator<=>(const ReplyRoute&) const = default;
};

// Sends packets from a VIP to one of our own tables.
struct ReplyRule {
    Prefix from;
    std::uint32_t table{};
    auto operator<=>(const ReplyRule&) const = default;
};

// Text that is written into the kernel but decides nothing: all labels are equal.
struct Label {
    std::string text;

    constexpr std::strong_ordering operator<=>(const Label&) const
    {
        return std::strong_ordering::equal;
    }

    constexpr bool operator==(const Label&) const { return true; }
};

// A VIP as a host address of a device. IPv4 only: the label names the role.
struct VipAddress {
    Address vip;
    std::string device;
    Label label;
    auto operator<=>(const VipAddress&) const = default;
};

// A VIP, or a whole prefix of them, as one `local` route in table local.
struct VipRoute {
    Prefix vip;
    std::string device;
    auto operator<=>(const VipRoute&) const = default;
};

// The alternatives stand in dependency order: a later kind relies on the earlier ones, so they are
// added left to right and removed right to left. Tunnels take no part in ARP, and their own sysctls
// need them. Probes are blocked until the VIPs are gone: a director that found the port open would
// send clients.
using Object = std::variant<Guard, ArpGuard, ProbeBlock, GuePort, TunnelDevice, FallbackDevice,
                            Sysctl, ReplyRoute, ReplyRule, VipAddress, VipRoute>;
using State = std::set<Object>;

// True for the kinds that make a VIP local; everything else is there to make that safe.
[[nodiscard]] bool binds_vip(const Object& object);
// For people: "VIP 192.0.2.8 on lo", "net.ipv4.conf.all.arp_ignore = 1".
[[nodiscard]] std::string to_string(const Object& object);

struct Link {
    int index{};
    std::string name;
    bool up{};
    bool arp{}; // takes part in ARP: neither loopback nor IFF_NOARP
    bool loopback{};
    std::uint32_t mtu{}; // bytes
    auto operator<=>(const Link&) const = default;
};

// An address of a device, whoever made it.
struct DeviceAddress {
    std::string device;
    Prefix prefix; // with its host bits
    bool ours{};
    auto operator<=>(const DeviceAddress&) const = default;
};

// What not every configuration needs to know of the host, and what costs a look: a full BGP feed
// may be in the main table.
struct Outlook {
    std::vector<Address> peers; // whose paths matter
    bool main_table{};          // whether its routes do
    bool arp_guards{};          // whether nf_tables does
    bool proxies{};             // whether proxies of IPv6 neighbours do
    auto operator<=>(const Outlook&) const = default;
};

// How packets leave for one destination.
struct Path {
    Address local; // the source address the kernel chooses
    std::string device;
    std::uint32_t mtu{}; // bytes
    auto operator<=>(const Path&) const = default;
};

// A unicast route of the main table that we did not make; of its next hops those that live.
struct MainRoute {
    Prefix destination; // length 0: the default route
    std::optional<Address> gateway;
    std::string device;
    std::uint32_t metric{}; // 0: the kernel's default
    bool onlink{};
    unsigned weight = 1;
    std::vector<NextWay> others{}; // sorted
    auto operator<=>(const MainRoute&) const = default;
};

// A device ("all" too) and a key of /proc/sys/net/ipv4/conf/.
using SysctlName = std::pair<std::string, std::string>;

// The kernel as it was found by one look.
struct Host {
    std::vector<Link> links;              // by index
    std::vector<DeviceAddress> addresses; // sorted
    // arp_ignore and arp_announce of "all" and every link, and what we have set besides.
    std::map<SysctlName, int> sysctls;
    std::vector<MainRoute> main_routes; // sorted
    std::map<Address, Path> paths;      // to the peers that were asked for and can be reached
    // What rules that every packet comes to lead to.
    std::set<std::pair<Family, std::uint32_t>> tables_of_all;
    // Devices on which this host answers for somebody's IPv6 address.
    std::set<std::pair<std::string, Address>> proxied;
    // Why no ArpGuard can be added here; empty: none is known.
    std::string arp_guard_problem;
    State owned;                      // ours, by tag in the kernel or by the ledger (sysctls)
    std::map<SysctlName, int> before; // what the removal of an owned sysctl puts back
    bool operator==(const Host&) const = default;
};

[[nodiscard]] std::string_view to_string(TunnelKind kind); // the kernel's word
[[nodiscard]] const Link* find_link(const Host& host, std::string_view name);

} // namespace rs
