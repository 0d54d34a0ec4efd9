#pragma once
#include "model/role.hpp"

#include <optional>
#include <string>

// Whether directors can ask this host.
namespace rs::ctl {

// Where they ask it as `real`: on the wildcard of that family, or on that address itself.
[[nodiscard]] std::optional<Port> check_port(const Health& health, const Address& real);
// Why there is no such port, and what to set.
[[nodiscard]] std::string unreachable_text(const Health& health, const Address& real);

// Whether `director`, a director of one of the roles, is answered.
[[nodiscard]] bool may_ask(const Health& health, const Address& director);

} // namespace rs::ctl
