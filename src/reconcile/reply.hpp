#pragma once
#include "reconcile/desired.hpp"

namespace rs {

// Adds the rules and routes by which packets from the role's VIPs leave; obstacles where the host
// has no way to the gateway.
void want_reply(const Role& role, const Host& host, Desired& desired);

// Whether replies leave as the main table says, but by a copy of it, for the sake of their MSS.
[[nodiscard]] bool copies_main_table(const Role& role);

// The routing table of everybody who replies that way, with that MSS (0: the kernel's): the same
// for the same settings, so that roles share it and a changed setting is built beside the old one.
[[nodiscard]] std::uint32_t reply_table(const Reply& reply, std::uint32_t advmss);

} // namespace rs
