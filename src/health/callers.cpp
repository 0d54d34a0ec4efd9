#include "health/callers.hpp"

#include <algorithm>

namespace rs {
namespace {

std::vector<Prefix> loopback()
{
    return {{Address{Family::ipv4, {127}}, 8},
            host_prefix(Address{Family::ipv6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}})};
}

std::vector<Prefix> vips_of(const std::vector<Role>& roles)
{
    std::vector<Prefix> vips;
    for (const auto& role : roles) {
        vips.insert(vips.end(), role.vips.begin(), role.vips.end());
    }
    return vips;
}

std::set<Address> directors_of(const std::vector<Role>& roles)
{
    std::set<Address> directors;
    for (const auto& role : roles) {
        directors.insert(role.directors.begin(), role.directors.end());
    }
    return directors;
}

} // namespace

Callers::Callers(const std::vector<Allow>& allow, const std::vector<Role>& roles)
    : directors_{directors_of(roles)}, vips_{vips_of(roles)}
{
    auto allowed = loopback();
    bool directors_may = false;
    for (const auto& each : allow) {
        if (const auto* const prefix = std::get_if<Prefix>(&each)) {
            allowed.push_back(*prefix);
        }
        anybody_ = anybody_ || std::holds_alternative<AllowAny>(each);
        directors_may = directors_may || std::holds_alternative<AllowDirectors>(each);
    }
    allowed_ = PrefixSet{std::move(allowed)};
    if (!directors_may && !anybody_) {
        std::erase_if(directors_, [this](const Address& each) { return !allowed_.holds(each); });
    }
}

Caller Callers::classify(const Address& remote, const Address& local) const
{
    if (directors_.contains(remote)) {
        return Caller::director;
    }
    const bool may = anybody_ || remote == local || allowed_.holds(remote);
    return may ? Caller::guest : Caller::stranger;
}

Address unmapped(const Address& address)
{
    constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (address.family != Family::ipv6 ||
        !std::equal(mapped.begin(), mapped.end(), address.bytes.begin())) {
        return address;
    }
    Address plain{Family::ipv4, {}};
    std::copy(address.bytes.begin() + 12, address.bytes.end(), plain.bytes.begin());
    return plain;
}

} // namespace rs
