#pragma once
#include "kernel/netlink_message.hpp"
#include "model/state.hpp"

// Tunnel devices as the kernel reports them: IFLA_LINKINFO of RTM_NEWLINK.
namespace rs {

// Whether packets say themselves what is inside.
[[nodiscard]] bool is_gre(TunnelKind kind);
// Of the addresses that the tunnel runs between.
[[nodiscard]] Family outer_family(TunnelKind kind);
// What the kernel has to find inside (IPPROTO_*, 0: anything); none of it matters to gre.
[[nodiscard]] std::uint8_t inner_protocol(TunnelKind kind);

// A device of a tunnel kind as the kernel reports it.
struct TunnelRecord {
    int link{};
    std::string name;
    std::string alias; // ours: tags::link_alias
    bool up{};
    TunnelKind kind{};
    std::optional<Address> local; // none: any
    std::optional<Address> remote;
    bool checksum{};
    // Takes what we ask for and nothing else: no key, sequence numbers or external mode, and the
    // inner protocols of its kind.
    bool plain{};
    auto operator<=>(const TunnelRecord&) const = default;
};

[[nodiscard]] std::optional<TunnelRecord> decode_tunnel(const netlink::Message& message);
[[nodiscard]] bool is_ours(const TunnelRecord& record);
// A TunnelDevice or FallbackDevice, if it is ours and up.
[[nodiscard]] std::optional<Object> owned_device(const TunnelRecord& record);
// The kernel's own device of the kind: tunl0, sit0, ip6tnl0, gre0, ip6gre0.
[[nodiscard]] std::string_view fallback_name(TunnelKind kind);

} // namespace rs
