#include "ctl/commands.hpp"
#include "ctl/configuration.hpp"
#include "ctl/director_config.hpp"
#include "ctl/words.hpp"
#include "util/unique_fd.hpp"
#include "view/status_json.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <iostream>

namespace rs::ctl {
namespace {

// What the other formats say in comments.
constexpr const char* ipvsadm_advice =
    R"(The -A line makes the virtual service: leave it out where another real server has brought it.
Nobody checks this real server: before a drain, set its weight to 0 (ipvsadm -e ... -w 0).
)";

template <typename Native, auto AddressOf, auto PortOf>
std::optional<Address> source_towards(const Address& director, int family, Native place)
{
    const UniqueFd socket{::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    auto& raw = place.*AddressOf;
    std::memcpy(&raw, director.bytes.data(), sizeof raw);
    place.*PortOf = htons(9); // sends nothing: any port will do
    socklen_t length = sizeof place;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how sockets are
    auto* const name = reinterpret_cast<sockaddr*>(&place);
    if (!socket || ::connect(socket.value(), name, length) != 0 ||
        ::getsockname(socket.value(), name, &length) != 0) {
        return std::nullopt;
    }
    Address address{director.family, {}};
    std::memcpy(address.bytes.data(), &raw, sizeof raw);
    return address;
}

// What the kernel would put on a packet to the director; asking sends none and needs no privilege.
std::optional<Address> source_towards(const Address& director)
{
    if (director.family == Family::ipv4) {
        sockaddr_in place{};
        place.sin_family = AF_INET;
        return source_towards<sockaddr_in, &sockaddr_in::sin_addr, &sockaddr_in::sin_port>(
            director, AF_INET, place);
    }
    sockaddr_in6 place{};
    place.sin6_family = AF_INET6;
    return source_towards<sockaddr_in6, &sockaddr_in6::sin6_addr, &sockaddr_in6::sin6_port>(
        director, AF_INET6, place);
}

std::string text_of(const DirectorConfigCommand& command,
                    const std::vector<VirtualService>& services)
{
    switch (command.format) {
    case DirectorFormat::ipvsadm:
        return ipvsadm_text(services);
    case DirectorFormat::ldirectord:
        return ldirectord_text(services, command.check);
    case DirectorFormat::keepalived:
        break;
    }
    return keepalived_text(services, command.check);
}

Json json_of(const std::vector<VirtualService>& services)
{
    auto json = Json::array();
    for (const auto& service : services) {
        json.push_back(
            {{"role", service.role},
             {"vip", to_string(service.vip)},
             {"service", to_string(service.service)},
             {"forwarding", to_string(service.forwarding)},
             {"real_server", to_string(service.real)},
             {"check_port", service.check_port == 0 ? Json() : Json(service.check_port)}});
    }
    return json;
}

} // namespace

Exit run(const DirectorConfigCommand& command, const Common& common)
{
    const auto view =
        director_view(configuration_in(command.directory).config, command,
                      [](const Address& director) { return source_towards(director); });
    if (!view.mistakes.empty()) {
        throw Failure{Exit::failed, joined(view.mistakes, "\n")};
    }
    if (view.services.empty()) {
        throw Failure{Exit::failed, command.directory + " has no role that a director could use"};
    }
    for (const auto& warning : view.warnings) {
        std::cerr << warning << '\n';
    }
    if (command.format == DirectorFormat::ipvsadm && !common.quiet) {
        std::cerr << ipvsadm_advice;
    }
    if (common.json) {
        std::cout << json_text(json_of(view.services)) << '\n';
    } else {
        std::cout << text_of(command, view.services);
    }
    return Exit::done;
}

} // namespace rs::ctl
