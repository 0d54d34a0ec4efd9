#include "config/load.hpp"
#include "config/once.hpp"
#include "config/role_parts.hpp"
#include "config/values.hpp"

#include <array>

namespace rs {
namespace {

constexpr std::array<std::string_view, 2> forwarding_words{"dr", "tun"};
constexpr std::array<std::string_view, 3> bind_words{"auto", "address", "route"};
constexpr std::array<std::string_view, 3> guard_words{"auto", "on", "off"};
constexpr std::array<std::string_view, 2> on_timeout_words{"keep", "reset"};
constexpr Range<std::chrono::microseconds> drain_timeouts{std::chrono::seconds{0},
                                                          std::chrono::days{30}};

void read_forwarding(TableReader& reader, DraftRole& draft)
{
    // No default: a host in the wrong mode looks healthy and serves nobody.
    auto& forwarding = draft.role.forwarding;
    draft.forwarding_known = reader.choice("forwarding", forwarding_words, forwarding);
    reader.require("forwarding", "expected " + one_of(forwarding_words));
}

void read_services(TableReader& reader, Role& role)
{
    constexpr std::string_view example = R"(an array of services, like ["80/tcp", "443/udp"])";
    Once<Service> once;
    for (const auto& text : reader.texts("services", example)) {
        const auto service = parse_service(text.text);
        if (!service) {
            reader.note("services", text.at, in_quotes(text.text) + " is not a service",
                        R"(expected PORT/tcp or PORT/udp with a port from 1 to 65535)");
        } else if (once.add(reader, "services", text, *service)) {
            role.services.push_back(*service);
        }
    }
    reader.require("services", "expected " + std::string{example});
}

void read_arp_devices(TableReader& arp, Role& role)
{
    constexpr std::string_view key = "devices";
    constexpr std::string_view allowed = R"("all" or an array of devices, like ["eth0"])";
    const auto* const value = arp.value(key);
    if (value == nullptr) {
        return;
    }
    if (const auto* const word = std::get_if<std::string>(&value->data)) {
        if (*word != "all") {
            arp.note(key, in_quotes(*word) + " is unknown", "expected " + std::string{allowed});
        }
        return;
    }
    arp.require(key, "expected " + std::string{allowed});
    Once<std::string> once;
    for (const auto& text : arp.texts(key, allowed)) {
        if (text.text == "lo") {
            arp.note(key, text.at, R"("lo" takes no part in ARP)",
                     R"(expected devices that do, like "eth0")");
        } else if (check_device(arp, key, text) && once.add(arp, key, text, text.text)) {
            role.arp_devices.push_back(text.text);
        }
    }
}

void read_arp(TableReader& reader, Role& role)
{
    if (auto arp = reader.table("arp")) {
        read_arp_devices(*arp, role);
        arp->choice("guard", guard_words, role.arp_guard);
        arp->finish();
    }
}

void read_drain(TableReader& reader, Role& role)
{
    auto drain = reader.table("drain");
    if (!drain) {
        return;
    }
    drain->duration("timeout", drain_timeouts, role.drain.timeout);
    drain->choice("on_timeout", on_timeout_words, role.drain.on_timeout);
    drain->flag("probes", role.drain.probes);
    if (role.drain.probes && role.directors.empty()) {
        drain->note("probes", "true, but there are no directors whose checks could fail",
                    R"(expected false, or their addresses in "directors")");
    }
    drain->finish();
}

} // namespace

bool check_device(TableReader& reader, std::string_view key, const Text& text)
{
    const bool good = is_device_name(text.text);
    if (!good) {
        reader.note(key, text.at, in_quotes(text.text) + " is not a device name",
                    R"(expected 1 to 15 bytes without "/", ":" or spaces, like "eth0")");
    }
    return good;
}

std::optional<std::string> read_device(TableReader& reader, std::string_view key)
{
    const auto text = reader.text(key, "the name of a network device");
    if (!text || !check_device(reader, key, *text)) {
        return std::nullopt;
    }
    return text->text;
}

DraftRole validate_role(const Document& document, Mistakes& mistakes)
{
    Review review{document.file, mistakes};
    TableReader reader{document.root, {1, 1}, "", review};
    DraftRole draft;
    draft.role.name = role_name(document.file);
    draft.places.file = document.file;
    draft.places.device = reader.at("device");
    read_forwarding(reader, draft);
    reader.choice("bind", bind_words, draft.role.bind);
    read_vips(reader, draft);
    read_services(reader, draft.role);
    read_directors(reader, draft);
    const bool tunnelled = draft.role.forwarding == Forwarding::tunnelling;
    draft.role.device = read_device(reader, "device").value_or(tunnelled ? "" : "lo");
    read_arp(reader, draft.role);
    read_reply(reader, draft);
    read_tunnel(reader, draft);
    read_drain(reader, draft.role);
    read_checks(reader, draft);
    reader.finish();
    return draft;
}

} // namespace rs
