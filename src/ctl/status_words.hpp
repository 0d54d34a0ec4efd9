#pragma once
#include "ctl/terminal.hpp"
#include "model/status.hpp"

// What the table and the details of a status have in common.
namespace rs::ctl {

[[nodiscard]] Tone tone_of(RoleState state);
[[nodiscard]] std::string bullet(RoleState state, const Look& look);
// "80/tcp 443/tcp", or "-"
[[nodiscard]] std::string services_text(const RoleStatus& role);
// The role's drain must be set: "since …, gives up waiting in 4min 3s, survives a reboot".
[[nodiscard]] std::string drain_text(const RoleStatus& role, WallTime now);
[[nodiscard]] std::string check_text(const CheckStatus& check);

} // namespace rs::ctl
