#pragma once
#include "ctl/client.hpp"

namespace rs::ctl {

// Looks at the daemon until `look` says how it ended: once at the start, whenever the daemon says
// that something changed, and every second, because what is counted changes silently.
// SIGINT and SIGTERM end it with Exit::interrupted. Throws Failure (Exit::not_running) when the
// daemon goes away, and whatever `look` throws.
[[nodiscard]] Exit follow(Client& client,
                          const std::function<std::optional<Exit>(const NodeStatus&)>& look);

// Calls `ready` once nothing is missed any more, and then `heard` for everything the daemon says,
// for ever. Throws Failure when the bus is lost, and whatever `heard` throws.
[[noreturn]] void hear_all(Client& client, const std::function<void()>& ready,
                           const std::function<void(const Heard&)>& heard);

} // namespace rs::ctl
