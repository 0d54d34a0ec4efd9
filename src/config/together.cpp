#include "config/validate.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace rs {
namespace {

// A VIP of a role.
struct Claim {
    Prefix vip;
    const DraftRole* draft;
    Position at;
};

const Role& role_of(const Claim& claim)
{
    return claim.draft->role;
}

const std::string& file_of(const Claim& claim)
{
    return claim.draft->places.file;
}

// Sorted so that a prefix comes right before all that it holds.
std::vector<Claim> claims_of(const std::vector<DraftRole>& drafts)
{
    std::vector<Claim> claims;
    for (const auto& draft : drafts) {
        for (std::size_t i = 0; i != draft.role.vips.size(); ++i) {
            claims.push_back({draft.role.vips[i], &draft, draft.places.vips[i]});
        }
    }
    std::ranges::sort(claims, {}, [](const Claim& claim) {
        return std::tuple<const Prefix&, const std::string&, Position>{claim.vip, file_of(claim),
                                                                       claim.at};
    });
    return claims;
}

std::string place(const Claim& claim)
{
    return file_of(claim) + ':' + to_string(claim.at);
}

// "192.0.2.8 is also in role "a" (FILE:LINE:COLUMN)"
std::string relation(const Claim& claim, const Claim& other)
{
    const auto where = "role \"" + role_of(other).name + "\" (" + place(other) + ')';
    const auto text = to_string(claim.vip);
    return claim.vip == other.vip ? text + " is also in " + where
                                  : text + " overlaps " + to_string(other.vip) + " in " + where;
}

const Service* shared_service(const Role& left, const Role& right)
{
    auto others = right.services;
    std::ranges::sort(others);
    const auto shared = std::ranges::find_if(left.services, [&](const Service& service) {
        return std::ranges::binary_search(others, service);
    });
    return shared == left.services.end() ? nullptr : &*shared;
}

// By what, and from whom, packets for its VIPs come in; nothing to compare for direct routing.
std::tuple<Tunnel, std::vector<Address>> tunnels_of(const Role& role)
{
    if (role.forwarding != Forwarding::tunnelling) {
        return {};
    }
    auto directors = role.directors;
    std::ranges::sort(directors);
    return {role.tunnel, std::move(directors)};
}

// There is one rule for replies from an address, and one MSS that it leads to: the way out and the
// tunnels must be the same also where one VIP is but a part of the other.
bool replies_alike(const Role& left, const Role& right)
{
    return left.reply == right.reply && tunnels_of(left) == tunnels_of(right);
}

bool held_alike(const Claim& left, const Claim& right)
{
    const auto how = [](const Claim& claim) {
        const auto& role = role_of(claim);
        return std::tuple{role.device, binds_by_route(role, claim.vip)};
    };
    return left.vip != right.vip || how(left) == how(right);
}

bool later(const Claim& left, const Claim& right)
{
    return std::tie(file_of(left), left.at) > std::tie(file_of(right), right.at);
}

void note(Mistakes& mistakes, const Claim& claim, std::string what, std::string allowed)
{
    mistakes.push_back({file_of(claim), claim.at, "vips", std::move(what), std::move(allowed)});
}

// Two overlapping VIPs of different roles: they may share a VIP, if each service has one owner and
// the VIP is held the same way for both.
bool note_conflict(Mistakes& mistakes, const Claim& claim, const Claim& other)
{
    const auto& left = role_of(claim);
    const auto& right = role_of(other);
    const auto what = relation(claim, other);
    if (claim.draft->forwarding_known && other.draft->forwarding_known &&
        left.forwarding != right.forwarding) {
        note(mistakes, claim,
             what + ", forwarded by \"" + std::string{to_string(right.forwarding)} + '"',
             "expected one forwarding for a VIP");
    } else if (const auto* const service = shared_service(left, right)) {
        note(mistakes, claim, what + ", with " + to_string(*service) + " too",
             "expected a VIP and service in one role only");
    } else if (!held_alike(claim, other)) {
        note(mistakes, claim, what + ", with another device or bind",
             "expected a VIP to be held the same way in every role");
    } else if (!replies_alike(left, right)) {
        note(mistakes, claim,
             what + ", with another reply" +
                 (left.forwarding == Forwarding::tunnelling ? ", tunnel or directors" : ""),
             "expected one way in and out for a VIP");
    } else {
        return false;
    }
    return true;
}

void note_overlap_in_role(Mistakes& mistakes, const Claim& claim, const Claim& other)
{
    const auto where = to_string(other.at);
    if (claim.vip == other.vip) {
        note(mistakes, claim, to_string(claim.vip) + " is given twice",
             "leave it out, it is at " + where + " already");
    } else {
        note(mistakes, claim,
             to_string(claim.vip) + " overlaps " + to_string(other.vip) + " at " + where,
             "expected each address once");
    }
}

// `around` holds the claims that contain `claim`. True if its role is among them.
bool examine(Mistakes& mistakes, const std::vector<const Claim*>& around, const Claim& claim)
{
    const auto same_role = [&](const Claim* other) { return other->draft == claim.draft; };
    const auto own = std::ranges::find_if(around, same_role);
    if (own != around.end()) {
        const bool after = later(claim, **own);
        note_overlap_in_role(mistakes, after ? claim : **own, after ? **own : claim);
        return true;
    }
    for (const auto* const other : around) {
        const bool after = later(claim, *other);
        if (note_conflict(mistakes, after ? claim : *other, after ? *other : claim)) {
            break; // one is enough to find the place
        }
    }
    return false;
}

void validate_overlaps(const std::vector<Claim>& claims, Mistakes& mistakes)
{
    std::vector<const Claim*> around; // the prefixes we are in, the widest first
    for (const auto& claim : claims) {
        while (!around.empty() && !contains(around.back()->vip, claim.vip.address)) {
            around.pop_back();
        }
        if (!examine(mistakes, around, claim)) {
            around.push_back(&claim);
        }
    }
}

// The VIP that holds an address; remembers the answers, directors repeat in every role.
class VipLookup {
public:
    explicit VipLookup(const std::vector<Claim>& claims) : claims_{&claims} {}

    const Claim* find(const Address& address)
    {
        const auto [known, added] = known_.emplace(address, nullptr);
        if (added) {
            const auto claim = std::ranges::find_if(
                *claims_, [&](const Claim& each) { return contains(each.vip, address); });
            known->second = claim == claims_->end() ? nullptr : &*claim;
        }
        return known->second;
    }

private:
    const std::vector<Claim>* claims_;
    std::map<Address, const Claim*> known_;
};

} // namespace

void validate_together(const std::vector<DraftRole>& roles, Mistakes& mistakes)
{
    const auto claims = claims_of(roles);
    validate_overlaps(claims, mistakes);
    validate_tunnels(roles, mistakes);
    VipLookup vips{claims};
    for (const auto& draft : roles) {
        for (const auto& [address, at, key] : draft.host_addresses) {
            if (const auto* const claim = vips.find(address)) {
                mistakes.push_back({draft.places.file, at, key,
                                    to_string(address) + " is a VIP of role \"" +
                                        role_of(*claim).name + "\" (" + place(*claim) + ')',
                                    "expected an address that one host has for itself"});
            }
        }
    }
}

} // namespace rs
