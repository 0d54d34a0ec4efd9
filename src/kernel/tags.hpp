#pragma once
#include <cstdint>
#include <string_view>

// How our objects in the kernel are told from everybody else's.
namespace rs::tags {

// IFA_PROTO, rtm_protocol and FRA_PROTOCOL. The numbers that iproute2's rt_protos and rt_addrprotos
// name end at 42 and start again at 186.
inline constexpr std::uint8_t protocol = 82;

// Guards lose against every other route for the VIP in table main: far behind any metric that DHCP
// clients and routing daemons use, and odd enough to be recognised in `ip route`.
inline constexpr std::uint32_t guard_metric = 4278198272U; // 0xFF002000

// A VIP's route in table local: any metric but 0, so that it stands beside the kernel's own route
// for the same address (EEXIST otherwise) while a VIP moves between address and route.
inline constexpr std::uint32_t vip_route_metric = 82;

// Before the main table (32766), behind what an administrator puts first by hand.
inline constexpr std::uint32_t rule_priority = 8200;

// IFLA_IFALIAS of the devices we made, or set up.
inline constexpr std::string_view link_alias = "realserverd";

// The nftables table of family arp, which is ours as a whole.
inline constexpr std::string_view nft_table = "realserverd";

// Kernels before 5.18 have no IFA_PROTO; there the label DEVICE:rs-ROLE is the tag.
inline constexpr std::string_view label_mark = ":rs-";

} // namespace rs::tags
