#include "reconcile/arp.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace rs {
namespace {

struct Rule {
    const char* key;
    bool (*silent)(int);
    int canonical; // what is written where the value found is not silent
    const char* allowed;
};

constexpr std::array<Rule, 2> rules{
    {{"arp_ignore", ignores_arp, 1, "1, 2 or 8"}, {"arp_announce", announces_own_only, 2, "2"}}};

bool is_named(const Role& role, const Link& link)
{
    return std::ranges::find(role.arp_devices, link.name) != role.arp_devices.end();
}

// The devices on which `role` makes ARP silent, as far as they exist.
std::vector<std::string> arp_devices(const Role& role, const Host& host)
{
    std::vector<std::string> names;
    for (const auto& link : host.links) {
        if (role.arp_devices.empty() ? link.arp : is_named(role, link)) {
            names.push_back(link.name);
        }
    }
    return names;
}

bool is_guarded(const Role& role, const Host& host)
{
    return std::ranges::all_of(role.vips, [&](const Prefix& vip) {
        return vip.address.family != Family::ipv4 || host.owned.contains(ArpGuard{vip});
    });
}

// Those that the role leaves alone would answer for its VIPs all the same.
std::vector<std::string> other_arp_devices(const Role& role, const Host& host)
{
    std::vector<std::string> names;
    if (!role.arp_devices.empty() && !is_guarded(role, host)) {
        for (const auto& link : host.links) {
            if (link.arp && !is_named(role, link)) {
                names.push_back(link.name);
            }
        }
    }
    return names;
}

int value_of(const Host& host, const std::string& device, const char* key)
{
    const auto value = host.sysctls.find({device, key});
    return value == host.sysctls.end() ? 0 : value->second;
}

void check_effective(const Rule& rule, const Host& host, const std::string& device,
                     std::vector<std::string>& hazards, const char* remark = "")
{
    const auto all = value_of(host, "all", rule.key);
    const auto own = value_of(host, device, rule.key);
    if (!rule.silent(std::max(all, own))) {
        hazards.push_back(std::string{rule.key} + " of " + device + " is in effect " +
                          std::to_string(std::max(all, own)) + " (all: " + std::to_string(all) +
                          ", " + device + ": " + std::to_string(own) + "); safe is " +
                          rule.allowed + remark);
    }
}

} // namespace

bool ignores_arp(int arp_ignore)
{
    return arp_ignore == 1 || arp_ignore == 2 || arp_ignore == 8;
}

bool announces_own_only(int arp_announce)
{
    return arp_announce == 2;
}

State arp_suppression(const Role& role, const Host& host)
{
    State wanted;
    if (!has_vip(role, Family::ipv4)) {
        return wanted;
    }
    auto devices = arp_devices(role, host);
    if (role.arp_devices.empty()) {
        devices.emplace_back("all");
    }
    for (const auto& device : devices) {
        for (const auto& rule : rules) {
            const auto found = value_of(host, device, rule.key);
            wanted.insert(Sysctl{device, rule.key, rule.silent(found) ? found : rule.canonical});
        }
    }
    return wanted;
}

bool wants_arp_guards(const Role& role)
{
    return role.arp_guard != GuardUse::off && has_vip(role, Family::ipv4);
}

State arp_guards(const Role& role, const Host& host)
{
    State wanted;
    if (!wants_arp_guards(role)) {
        return wanted;
    }
    for (const auto& vip : role.vips) {
        const ArpGuard guard{vip};
        const bool possible = host.arp_guard_problem.empty() || host.owned.contains(guard);
        if (vip.address.family == Family::ipv4 && possible) {
            wanted.insert(guard);
        }
    }
    return wanted;
}

Host when_only(Host host, const State& kept)
{
    State gone;
    std::ranges::set_difference(host.owned, kept, std::inserter(gone, gone.end()));
    for (const auto& object : gone) {
        host.owned.erase(object);
        const auto* const sysctl = std::get_if<Sysctl>(&object);
        if (sysctl == nullptr) {
            continue;
        }
        const SysctlName name{sysctl->device, sysctl->key};
        if (const auto before = host.before.find(name); before != host.before.end()) {
            host.sysctls[name] = before->second;
        }
    }
    return host;
}

std::vector<std::string> arp_hazards(const Role& role, const Host& host)
{
    std::vector<std::string> hazards;
    if (!has_vip(role, Family::ipv4)) {
        return hazards;
    }
    const auto devices = arp_devices(role, host);
    if (!role.arp_devices.empty() && devices.empty()) {
        hazards.emplace_back("none of the arp.devices exists, so ARP would be suppressed nowhere");
    }
    for (const auto& device : devices) {
        for (const auto& rule : rules) {
            check_effective(rule, host, device, hazards);
        }
    }
    for (const auto& device : other_arp_devices(role, host)) {
        for (const auto& rule : rules) {
            check_effective(rule, host, device, hazards,
                            ", and neither arp.devices nor an ARP guard covers it");
        }
    }
    return hazards;
}

} // namespace rs
