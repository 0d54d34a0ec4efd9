#pragma once
#include "kernel/netlink_message.hpp"
#include "reconcile/plan.hpp"

// Addresses of devices: RTM_NEWADDR (net/ipv4/devinet.c, net/ipv6/addrconf.c).
namespace rs {

// One address as the kernel reports it; the device by its index.
struct AddressRecord {
    int link{};
    Prefix prefix;
    std::optional<std::uint8_t> protocol; // IFA_PROTO, since 5.18
    std::string label;                    // IPv4 only
    auto operator<=>(const AddressRecord&) const = default;
};

// The request that carries out the step on the device with index `link`.
[[nodiscard]] netlink::Request encode(Step::Action action, const VipAddress& vip, int link);

[[nodiscard]] netlink::Request address_dump_request(Family family);
[[nodiscard]] std::optional<AddressRecord> decode_address(const netlink::Message& message);

// Whether we made it: by protocol, or by label where nobody set a protocol.
[[nodiscard]] bool is_ours(const AddressRecord& record, const std::string& device);

} // namespace rs
