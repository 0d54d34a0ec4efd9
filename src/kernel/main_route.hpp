#pragma once
#include "kernel/route.hpp"

#include <vector>

// The unicast routes of table main that are not ours.
namespace rs {

// Of the main table of one family no more than so many routes are told.
inline constexpr std::size_t most_main_routes = 500;

// The whole table, or what routes of one origin (RTPROT_*) there are. Kernels before 4.20 ignore
// either.
[[nodiscard]] netlink::Request main_dump_request(Family family, std::uint8_t protocol = 0);

// Whether the record is one: of others, unicast, alive, for all packets, and neither a cached one
// nor to link-local addresses, from which no client of a VIP comes.
[[nodiscard]] bool is_main_route(const RouteRecord& record);
// Without its other ways. `device`: the name of the record's link.
[[nodiscard]] MainRoute main_route(const RouteRecord& record, const std::string& device);

// Drops all but the most important, if there are too many: the default routes first, then the
// connected networks, then the widest destinations.
void keep_important(std::vector<MainRoute>& routes);

// Whether a change of the route is a reason to look at the main table again: routing daemons may
// change theirs all the time, so that only their default routes count. The audit finds the rest.
[[nodiscard]] bool is_main_hint(const RouteRecord& record);

} // namespace rs
