#include "ctl/director_config_reach.hpp"

#include <algorithm>

namespace rs::ctl {
namespace {

bool is_wildcard(const Address& address)
{
    return address == Address{address.family, {}};
}

bool is_loopback(const Address& address)
{
    return address.family == Family::ipv4 ? address.bytes[0] == 127
                                          : address == parse_address("::1");
}

} // namespace

std::optional<Port> check_port(const Health& health, const Address& real)
{
    const auto found = std::ranges::find_if(health.listen, [&](const Endpoint& endpoint) {
        return endpoint.address == real ||
               (endpoint.address.family == real.family && is_wildcard(endpoint.address));
    });
    return found == health.listen.end() ? std::nullopt : std::optional{found->port};
}

std::string unreachable_text(const Health& health, const Address& real)
{
    const auto wanted = '"' + to_string(Endpoint{real, 9180}) + '"';
    if (health.listen.empty()) {
        return "health.listen is empty, no director can ask this host; in realserverd.toml, set "
               "listen = [" +
               wanted + "] in [health]";
    }
    const bool local = std::ranges::all_of(
        health.listen, [](const Endpoint& endpoint) { return is_loopback(endpoint.address); });
    return (local ? "health.listen is this host's loopback only, no director can ask it"
                  : "health.listen has no endpoint on " + to_string(real)) +
           "; in realserverd.toml, add " + wanted + " to it";
}

bool may_ask(const Health& health, const Address& director)
{
    return std::ranges::any_of(health.allow, [&](const Allow& allow) {
        const auto* const prefix = std::get_if<Prefix>(&allow);
        return prefix == nullptr || contains(*prefix, director);
    });
}

} // namespace rs::ctl
