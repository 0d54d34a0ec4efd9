#include "config/once.hpp"
#include "config/role_parts.hpp"

#include <algorithm>
#include <array>

namespace rs {
namespace {

// Each address of its own costs the kernel time that grows with their number (DESIGN of routes:
// one for the whole prefix), so more than 1024 of them are routes.
constexpr std::uint8_t most_address_bits = 10;
constexpr Range<std::int64_t> mss_range{88, 65495}; // as `ip route … advmss` and TCP_MIN_MSS

bool bindable(TableReader& reader, const Text& text, const Prefix& vip, Bind bind)
{
    const bool many = width(vip.address.family) - vip.length > most_address_bits;
    if (bind == Bind::address && many) {
        reader.note("vips", text.at, in_quotes(text.text) + " is too wide to bind as addresses",
                    R"(expected at most 1024 addresses, or bind = "route")");
        return false;
    }
    return true;
}

void read_gateway(TableReader& reply, DraftRole& draft)
{
    constexpr std::string_view key = "gateway";
    const auto text = reply.text(key, "the address of a router");
    if (!text) {
        return;
    }
    auto& gateway = draft.role.reply.gateway;
    gateway = read_host_address(reply, key, *text, Purpose::gateway, draft);
    if (!gateway) {
        return;
    }
    const auto same_family = [&](const Prefix& vip) {
        return vip.address.family == gateway->family;
    };
    const auto& vips = draft.role.vips;
    if (!vips.empty() && std::ranges::none_of(vips, same_family)) {
        const bool ipv4 = gateway->family == Family::ipv4;
        reply.note(key, in_quotes(text->text) + (ipv4 ? " is IPv4" : " is IPv6"),
                   std::string{"expected a gateway of the VIPs' family, "} +
                       (ipv4 ? "IPv6" : "IPv4"));
    }
    if (gateway->family == Family::ipv6 && is_link_local(*gateway) && !reply.has("device")) {
        reply.note(key, in_quotes(text->text) + " is link-local",
                   R"(expected reply.device with it, like "eth0")");
    }
}

void read_reply_device(TableReader& reply, DraftRole& draft)
{
    auto device = read_device(reply, "device");
    if (device == "lo") {
        reply.note("device", R"("lo" leads nowhere)", R"(expected a way out, like "eth0")");
    } else if (device) {
        draft.role.reply.device = *device;
    }
}

void read_mss_number(TableReader& reply, DraftRole& draft)
{
    std::optional<std::int64_t> number;
    reply.integer("mss", mss_range, number);
    if (!number) {
        return;
    }
    draft.role.reply.mss = static_cast<std::uint16_t>(*number);
}

void read_mss(TableReader& reply, DraftRole& draft)
{
    const auto* const value = reply.value("mss");
    if (value == nullptr) {
        return;
    }
    if (std::holds_alternative<std::int64_t>(value->data)) {
        read_mss_number(reply, draft);
        return;
    }
    const auto* const word = std::get_if<std::string>(&value->data);
    const std::string allowed = R"("auto", "off" or bytes from 88 to 65495)";
    if (word == nullptr) {
        reply.wrong_type("mss", *value, allowed);
    } else if (*word == "off") {
        draft.role.reply.mss = MssOff{};
    } else if (*word != "auto") {
        reply.note("mss", in_quotes(*word) + " is unknown", "expected " + allowed);
    }
}

} // namespace

std::optional<Address> read_host_address(TableReader& reader, std::string_view key,
                                         const Text& text, Purpose purpose, DraftRole& draft)
{
    const auto read = read_address(text.text, purpose);
    if (const auto* const objection = std::get_if<Objection>(&read)) {
        reader.note(key, text.at, objection->what, objection->allowed);
        return std::nullopt;
    }
    const auto address = std::get<Address>(read);
    draft.host_addresses.push_back({address, text.at, reader.path(key)});
    return address;
}

void read_vips(TableReader& reader, DraftRole& draft)
{
    constexpr std::string_view example =
        R"(an array of addresses and prefixes, like ["192.0.2.8", "2001:db8::8"])";
    for (const auto& text : reader.texts("vips", example)) {
        const auto read = read_vip(text.text);
        if (const auto* const objection = std::get_if<Objection>(&read)) {
            reader.note("vips", text.at, objection->what, objection->allowed);
        } else if (const auto& vip = std::get<Prefix>(read);
                   bindable(reader, text, vip, draft.role.bind)) {
            draft.role.vips.push_back(vip);
            draft.places.vips.push_back(text.at);
        }
    }
    reader.require("vips", "expected " + std::string{example});
}

void read_directors(TableReader& reader, DraftRole& draft)
{
    constexpr std::string_view example =
        R"(an array of addresses, like ["192.0.2.6", "192.0.2.7"])";
    Once<Address> once;
    for (const auto& text : reader.texts("directors", example)) {
        const auto address = read_host_address(reader, "directors", text, Purpose::director, draft);
        if (address && once.add(reader, "directors", text, *address)) {
            draft.role.directors.push_back(*address);
        }
    }
    if (draft.role.forwarding == Forwarding::tunnelling) {
        // One tunnel a director, so that nobody else's packets are decapsulated.
        reader.require("directors", R"(forwarding = "tun" wants )" + std::string{example});
    }
}

void read_reply(TableReader& reader, DraftRole& draft)
{
    if (auto reply = reader.table("reply")) {
        read_gateway(*reply, draft);
        read_reply_device(*reply, draft);
        read_mss(*reply, draft);
        reply->finish();
    }
}

} // namespace rs
