#pragma once
#include "config/mistake.hpp"
#include "model/address.hpp"

#include <string>
#include <variant>

namespace rs {

enum class Purpose : std::uint8_t { vip, director, gateway, local };

// A VIP as it is written in a role; host bits clear. At its widest a prefix is an IPv4 /16 or an
// IPv6 /48, one site's worth: a wider one is a slip, and would swallow other people's addresses.
[[nodiscard]] std::variant<Prefix, Objection> read_vip(const std::string& text);

// A unicast address of another purpose than a VIP. A gateway may be link-local.
[[nodiscard]] std::variant<Address, Objection> read_address(const std::string& text,
                                                            Purpose purpose);

[[nodiscard]] bool is_link_local(const Address& address);

// "loopback", "multicast", …; empty for an ordinary address.
[[nodiscard]] std::string_view special_kind(const Address& address);

} // namespace rs
