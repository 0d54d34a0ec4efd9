#include "kernel/linux_kernel.hpp"

#include "kernel/link.hpp"
#include "kernel/route.hpp"
#include "kernel/rule.hpp"
#include "kernel/sysctl.hpp"
#include "kernel/vip_address.hpp"

#include <algorithm>

namespace rs {
namespace {

const Link* find_link(const std::vector<Link>& links, int index)
{
    const auto link = std::ranges::lower_bound(links, index, {}, &Link::index);
    return link != links.end() && link->index == index ? &*link : nullptr;
}

// Empty when the ledger's device is gone.
std::string device_of(const LedgerKey& key, const std::vector<Link>& links)
{
    if (key.link == 0) {
        return "all";
    }
    const auto* link = find_link(links, key.link);
    return link == nullptr ? std::string{} : link->name;
}

} // namespace

LinuxKernel::LinuxKernel() = default;

LinuxKernel::LinuxKernel(const std::filesystem::path& runtime_directory)
    : ledger_{runtime_directory}
{}

Host LinuxKernel::observe()
{
    look_at_links();
    replies_.clear();
    Host host;
    host.links = links_;
    observe_tunnels(host);
    for (const auto family : {Family::ipv4, Family::ipv6}) {
        observe_addresses(host, family);
        observe_routes(host, family);
        observe_rules(host, family);
        observe_main_routes(host, family);
    }
    std::ranges::sort(host.addresses);
    observe_paths(host);
    observe_proxies(host);
    observe_sysctls(host);
    observe_arp_guards(host);
    return host;
}

// The decoders look at the family again: a kernel without IPv6 answers a dump of it with all
// families it has.
void LinuxKernel::observe_addresses(Host& host, Family family)
{
    const auto records = socket_.dump<AddressRecord>("dump of addresses",
                                                     address_dump_request(family), decode_address);
    for (const auto& record : records) {
        const auto* link = find_link(links_, record.link);
        if (link == nullptr || record.prefix.address.family != family) {
            continue; // of a device made since the links were read: its notification is coming
        }
        const auto ours = is_ours(record, link->name);
        host.addresses.push_back({link->name, record.prefix, ours});
        if (ours) {
            host.owned.insert(VipAddress{record.prefix.address, link->name, {record.label}});
        }
    }
}

void LinuxKernel::observe_routes(Host& host, Family family)
{
    const auto owned = [&](const netlink::Message& message) -> std::optional<Object> {
        const auto record = decode_route(message);
        if (!record || record->destination.address.family != family) {
            return std::nullopt;
        }
        const auto* link = find_link(links_, record->link);
        auto object = owned_route(*record, link == nullptr ? std::string{} : link->name);
        if (auto* reply = object ? std::get_if<ReplyRoute>(&*object) : nullptr) {
            reply->others = other_ways(*record, links_);
        }
        return object;
    };
    for (auto& object : socket_.dump<Object>("dump of routes", route_dump_request(family), owned)) {
        if (const auto* reply = std::get_if<ReplyRoute>(&object)) {
            replies_.insert(key_of(*reply));
        }
        host.owned.insert(std::move(object));
    }
}

void LinuxKernel::observe_rules(Host& host, Family family)
{
    const auto of_family = [&](const netlink::Message& message) -> std::optional<Object> {
        const auto header = netlink::head<rtgenmsg>(message);
        const bool wanted = header && header->rtgen_family == netlink::native(family);
        if (!wanted) {
            return std::nullopt;
        }
        if (const auto table = catch_all_table(message)) {
            host.tables_of_all.emplace(family, *table);
        }
        return decode_rule(message);
    };
    for (auto& rule : socket_.dump<Object>("dump of rules", rule_dump_request(family), of_family)) {
        host.owned.insert(std::move(rule));
    }
}

void LinuxKernel::observe_sysctls(Host& host)
{
    sysctls_.follow(links_);
    host.sysctls = sysctls_.read();
    settle_ledger(host);
    for (const auto& [key, value] : ledger_.entries()) {
        const auto device = device_of(key, links_);
        host.before.emplace(SysctlName{device, key.key}, value.before);
        auto found = host.sysctls.find({device, key.key});
        if (found == host.sysctls.end()) {
            const auto now = look_up_sysctl(device, key.key);
            if (now.error == ENOENT) {
                continue; // with its device, since the links were read
            }
            if (now.error != 0) { // which does not say that somebody changed it
                host.owned.insert(Sysctl{device, key.key, value.set});
                continue;
            }
            found = host.sysctls.emplace(SysctlName{device, key.key}, now.value).first;
        }
        if (found->second == value.set) {
            host.owned.insert(Sysctl{device, key.key, value.set});
        }
    }
}

void LinuxKernel::observe_arp_guards(Host& host)
{
    for (const auto& vip : arp_guards_.observe(outlook_.arp_guards)) {
        host.owned.insert(ArpGuard{vip});
    }
    host.arp_guard_problem = arp_guards_.problem();
}

// A device that is gone takes its entries with it. What a former process noted and does not stand
// there any more was changed by somebody since, or never set: not ours to put back.
void LinuxKernel::settle_ledger(const Host& host)
{
    const auto first = !std::exchange(ledger_settled_, true);
    ledger_.forget_if([&](const auto& entry) {
        const auto device = device_of(entry.first, host.links);
        if (device.empty() || !first) {
            return device.empty();
        }
        const auto now = look_up_sysctl(device, entry.first.key);
        return now.error == 0 ? now.value != entry.second.set : now.error == ENOENT;
    });
}

std::optional<int> LinuxKernel::index_of(const std::string& device)
{
    auto link = std::ranges::find(links_, device, &Link::name);
    if (link == links_.end()) {
        look_at_links();
        link = std::ranges::find(links_, device, &Link::name);
    }
    return link == links_.end() ? std::nullopt : std::optional{link->index};
}

} // namespace rs
