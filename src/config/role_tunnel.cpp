#include "config/role_parts.hpp"

#include <algorithm>
#include <array>

namespace rs {
namespace {

constexpr std::array<std::string_view, 3> encapsulation_words{"ipip", "gre", "gue"};
constexpr Range<std::int64_t> ports{1, 65535};

// The devices that the kernel makes by itself, for outer IPv4 and IPv6.
std::vector<std::string_view> fallback_devices(Encapsulation encapsulation)
{
    switch (encapsulation) {
    case Encapsulation::ipip:
        return {"tunl0", "ip6tnl0"};
    case Encapsulation::gre:
        return {"gre0", "ip6gre0"};
    case Encapsulation::gue:
        break;
    }
    return {};
}

void read_port(TableReader& reader, Tunnel& tunnel)
{
    std::optional<std::int64_t> port;
    reader.integer("port", ports, port);
    if (!port) {
        return;
    }
    tunnel.port = static_cast<Port>(*port);
    if (tunnel.encapsulation != Encapsulation::gue) {
        reader.note("port", "has no meaning here", R"(only for encapsulation = "gue")");
    }
}

void read_checksum(TableReader& reader, Tunnel& tunnel)
{
    reader.flag("checksum", tunnel.checksum);
    if (reader.has("checksum") && tunnel.encapsulation != Encapsulation::gre) {
        reader.note("checksum", "has no meaning here", R"(only for encapsulation = "gre")");
    } else if (tunnel.checksum && reader.has("device")) {
        reader.note("checksum", "has no meaning here",
                    "the kernel's own device takes packets without one; leave device out");
    }
}

void read_fallback_device(TableReader& reader, Tunnel& tunnel)
{
    const auto device = read_device(reader, "device");
    if (!device) {
        return;
    }
    tunnel.device = *device;
    const auto allowed = fallback_devices(tunnel.encapsulation);
    if (allowed.empty()) {
        reader.note("device", in_quotes(*device) + " has no meaning here",
                    R"("gue" has no fallback device, leave it out)");
    } else if (std::ranges::find(allowed, *device) == allowed.end()) {
        reader.note("device", in_quotes(*device) + " is no fallback device of the kernel",
                    "expected " + one_of(allowed) + ", or leave it out");
    }
}

void read_local(TableReader& reader, DraftRole& draft)
{
    const auto text = reader.text("local", "an address of this host");
    if (!text) {
        return;
    }
    auto& local = draft.role.tunnel.local;
    local = read_host_address(reader, "local", *text, Purpose::local, draft);
    const auto& directors = draft.role.directors;
    if (local && !directors.empty() &&
        std::ranges::find(directors, local->family, &Address::family) == directors.end()) {
        reader.note("local", in_quotes(text->text) + " is not of a director's family",
                    "expected an address from which a director is reached");
    }
}

} // namespace

void read_tunnel(TableReader& reader, DraftRole& draft)
{
    auto tunnel = reader.table("tunnel");
    if (!tunnel) {
        return;
    }
    if (draft.role.forwarding != Forwarding::tunnelling && draft.forwarding_known) {
        reader.note("tunnel", "has no meaning here", R"(only for forwarding = "tun")");
    }
    tunnel->choice("encapsulation", encapsulation_words, draft.role.tunnel.encapsulation);
    read_local(*tunnel, draft);
    read_port(*tunnel, draft.role.tunnel);
    read_checksum(*tunnel, draft.role.tunnel);
    read_fallback_device(*tunnel, draft.role.tunnel);
    tunnel->finish();
}

} // namespace rs
