#pragma once
#include "model/status.hpp"

#include <nlohmann/json.hpp>

// The status as programs read it: what `realserverctl status --json` prints. Stable: members are
// added, never renamed or removed.
//
//   {
//     "version": "0.1.0",                 of the daemon
//     "state": "serving",                 the worst role's; serving, drained, draining, stopped,
//                                         unhealthy or degraded
//     "roles": [ {
//       "name": "web",
//       "forwarding": "dr",               or "tun"
//       "state": "draining",
//       "in_sync": true,                  the kernel holds all that the role wants
//       "vips": [ {"address": "192.0.2.8", "device": "lo", "bound": true} ],
//                                         a prefix of several addresses: "192.0.2.0/28"
//       "services": [ "80/tcp" ],
//       "connections": 3,
//       "drain": {"since": TIME, "deadline": TIME or null, "persistent": true} or null,
//       "directors": [ {"address": "192.0.2.6", "last_poll": TIME or null,
//                       "last_answer": "serving" or null} ],
//       "checks": [ {"type": "tcp", "target": "127.0.0.1:80", "ok": true, "since": TIME} ],
//       "drift": [ {"when": TIME, "what": "VIP 192.0.2.8 on lo was removed"} ],  newest last
//       "problems": [ "one sentence" ]
//     } ]
//   }
//
// TIME is RFC 3339 in UTC with microseconds, "2026-03-01T09:05:00.000250Z".
namespace rs {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json status_json(const NodeStatus& status);
[[nodiscard]] Json role_json(const RoleStatus& role);

// Text that is always valid UTF-8, whatever the strings held. `indent` < 0: one line.
[[nodiscard]] std::string json_text(const Json& json, int indent = 2);

} // namespace rs
