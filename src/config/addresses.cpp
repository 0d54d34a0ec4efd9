#include "config/addresses.hpp"

#include "config/mistake.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <array>

namespace rs {
namespace {

// Ranges in which nothing can be a VIP, a director, or reached at all.
struct Special {
    std::string_view range;
    std::string_view kind;
};

constexpr std::string_view link_local = "link-local";
constexpr std::array special{
    Special{"0.0.0.0/8", "unspecified"},
    Special{"127.0.0.0/8", "loopback"},
    Special{"169.254.0.0/16", link_local},
    Special{"224.0.0.0/4", "multicast"},
    Special{"255.255.255.255", "broadcast"},
    Special{"::", "unspecified"},
    Special{"::1", "loopback"},
    Special{"::ffff:0:0/96", "IPv4-mapped"},
    Special{"fe80::/10", link_local},
    Special{"ff00::/8", "multicast"},
};

struct SpecialPrefix {
    Prefix range;
    std::string_view kind;
};

const std::vector<SpecialPrefix>& special_prefixes()
{
    static const auto prefixes = [] {
        std::vector<SpecialPrefix> parsed;
        parsed.reserve(special.size());
        for (const auto& [range, kind] : special) {
            parsed.push_back({parse_prefix(range).value(), kind});
        }
        return parsed;
    }();
    return prefixes;
}

const SpecialPrefix* find_special(const Prefix& prefix)
{
    const auto& all = special_prefixes();
    const auto found = std::ranges::find_if(
        all, [&](const SpecialPrefix& each) { return overlap(each.range, prefix); });
    return found == all.end() ? nullptr : &*found;
}

std::string allowed_for(Purpose purpose)
{
    switch (purpose) {
    case Purpose::vip:
        return R"(expected an address like "192.0.2.8" or a prefix like "192.0.2.0/28")";
    case Purpose::director:
        return R"(expected a director's own address, like "192.0.2.6")";
    case Purpose::gateway:
        return R"(expected the address of a router, like "192.0.2.1")";
    case Purpose::local:
        break;
    }
    return R"(expected an address of this host, like "192.0.2.9")";
}

// What is wrong with a text that is neither an address nor a prefix.
std::string diagnosis(const std::string& text)
{
    if (text.find('%') != std::string::npos) {
        return " has a zone";
    }
    if (parse_endpoint(text)) {
        return " has a port";
    }
    if (text.starts_with('[')) {
        return " has brackets";
    }
    if (parse_address(text.substr(0, text.find('/')))) {
        return " has a bad prefix length";
    }
    return " is not an address";
}

std::uint8_t shortest_length(Family family)
{
    return family == Family::ipv4 ? 16 : 48;
}

} // namespace

std::variant<Prefix, Objection> read_vip(const std::string& text)
{
    const auto object = [&](const std::string& what) {
        return Objection{in_quotes(text) + what, allowed_for(Purpose::vip)};
    };
    const auto vip = parse_prefix(text);
    if (!vip) {
        return object(diagnosis(text));
    }
    if (const auto shortest = shortest_length(vip->address.family); vip->length < shortest) {
        return Objection{in_quotes(text) + " is too wide",
                         "expected a prefix of /" + std::to_string(shortest) + " or longer"};
    }
    if (const auto* const found = find_special(*vip)) {
        const bool inside = found->range.length <= vip->length;
        return object(inside ? " is " + std::string{found->kind}
                             : " covers " + std::string{found->kind} + " addresses");
    }
    if (const auto whole = network(*vip); whole != *vip) {
        return Objection{in_quotes(text) + " has host bits",
                         "write " + in_quotes(to_string(whole)) + " or " +
                             in_quotes(to_string(vip->address))};
    }
    return *vip;
}

std::variant<Address, Objection> read_address(const std::string& text, Purpose purpose)
{
    const auto object = [&](const std::string& what) {
        return Objection{in_quotes(text) + what, allowed_for(purpose)};
    };
    const auto address = parse_address(text);
    if (!address) {
        return object(parse_prefix(text) ? " is a prefix" : diagnosis(text));
    }
    const auto* const found = find_special(host_prefix(*address));
    if (found != nullptr && (purpose != Purpose::gateway || found->kind != link_local)) {
        return object(" is " + std::string{found->kind});
    }
    return *address;
}

bool is_link_local(const Address& address)
{
    return special_kind(address) == link_local;
}

std::string_view special_kind(const Address& address)
{
    const auto* const found = find_special(host_prefix(address));
    return found == nullptr ? std::string_view{} : found->kind;
}

} // namespace rs
