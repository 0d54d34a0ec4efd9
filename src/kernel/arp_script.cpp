#include "kernel/arp_script.hpp"

#include "kernel/arp_table.hpp"
#include "kernel/tags.hpp"

#include <algorithm>
#include <iterator>
#include <map>

namespace rs {
namespace {

std::string table()
{
    return "arp " + std::string{tags::nft_table};
}

// Of every length, what stands between the braces of nft.
std::map<unsigned, std::string> elements(const std::set<Prefix>& vips)
{
    std::map<unsigned, std::string> texts;
    for (const auto& vip : vips) {
        auto& text = texts[vip.length];
        text += (text.empty() ? "" : ", ") + to_string(vip.address);
    }
    return texts;
}

std::set<Prefix> without(const std::set<Prefix>& vips, const std::set<Prefix>& others)
{
    std::set<Prefix> rest;
    std::ranges::set_difference(vips, others, std::inserter(rest, rest.end()));
    return rest;
}

// A set for each length rather than one of intervals: VIPs of several roles may lie in one another.
std::string whole_table(const std::set<Prefix>& wanted)
{
    std::string sets;
    std::string rules;
    for (const auto& [length, text] : elements(wanted)) {
        const auto name = arp_set_name(length);
        sets += "set " + name + " { " + arp_set_type() + " elements = { " + text + " }; }\n";
        rules += arp_rule(length) + '\n';
    }
    return "table " + table() + " {\n" + sets + "chain output { " + arp_hook() + '\n' + rules +
           "}\n}\n";
}

std::string element_lines(const std::string& verb, const std::set<Prefix>& vips)
{
    std::string lines;
    for (const auto& [length, text] : elements(vips)) {
        lines += verb + " element " + table() + ' ' + arp_set_name(length) + " { " + text + " }\n";
    }
    return lines;
}

} // namespace

std::string arp_hook()
{
    return "type filter hook output priority 0; policy accept;";
}

std::string arp_set_type()
{
    return "type ipv4_addr;";
}

// The counter tells the administrator what would have leaked.
std::string arp_rule(unsigned length)
{
    constexpr Address all_ones{Family::ipv4, {255, 255, 255, 255}};
    const auto mask = network({all_ones, static_cast<std::uint8_t>(length)}).address;
    return "arp saddr ip " + (mask == all_ones ? "" : "& " + to_string(mask) + ' ') + '@' +
           arp_set_name(length) + " counter drop";
}

std::string arp_script(const ArpTable& found, const std::set<Prefix>& wanted)
{
    auto removal = found.exists ? "delete table " + table() + '\n' : std::string{};
    if (wanted.empty()) {
        return removal;
    }
    const bool has_rules = std::ranges::all_of(
        wanted, [&](const Prefix& vip) { return found.lengths.contains(vip.length); });
    if (!found.sound || !has_rules) {
        return removal + whole_table(wanted);
    }
    return element_lines("delete", without(found.vips, wanted)) +
           element_lines("add", without(wanted, found.vips));
}

} // namespace rs
