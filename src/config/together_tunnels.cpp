#include "config/validate.hpp"

#include <algorithm>

namespace rs {
namespace {

// The kernel has one gre device between two addresses, and it takes in packets of one kind.
bool differ_in_checksum(const Role& left, const Role& right)
{
    const auto gre = [](const Role& role) {
        return role.forwarding == Forwarding::tunnelling && role.tunnel.device.empty() &&
               role.tunnel.encapsulation == Encapsulation::gre;
    };
    return gre(left) && gre(right) && left.tunnel.checksum != right.tunnel.checksum &&
           left.tunnel.local == right.tunnel.local;
}

} // namespace

void validate_tunnels(const std::vector<DraftRole>& roles, Mistakes& mistakes)
{
    for (const auto& draft : roles) {
        for (const auto& host : draft.host_addresses) {
            const auto other = std::ranges::find_if(roles, [&](const DraftRole& each) {
                return &each < &draft && differ_in_checksum(each.role, draft.role) &&
                       std::ranges::find(each.role.directors, host.address) !=
                           each.role.directors.end();
            });
            if (host.key == "directors" && other != roles.end()) {
                mistakes.push_back({draft.places.file, host.at, host.key,
                                    to_string(host.address) + " is also in role \"" +
                                        other->role.name + "\", with another tunnel.checksum",
                                    "expected one for all gre packets of a director"});
            }
        }
    }
}

} // namespace rs
