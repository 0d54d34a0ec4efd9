#pragma once
#include "ctl/director_config.hpp"
#include "support/catch.hpp"

// The roles and the host of which director-config is asked in tests.
namespace rs::test {

using namespace rs::ctl;

inline Address at(const char* text)
{
    return parse_address(text).value();
}

inline Prefix vip(const char* text)
{
    return parse_prefix(text).value();
}

// As the kernel would answer in the lab of these tests.
inline std::optional<Address> lab(const Address& director)
{
    return at(director.family == Family::ipv4 ? "192.0.2.9" : "2001:db8::9");
}

inline Role web()
{
    Role role;
    role.name = "web";
    role.vips = {vip("192.0.2.8"), vip("2001:db8::8")};
    role.services = {{80, Protocol::tcp}, {443, Protocol::udp}};
    role.directors = {at("192.0.2.6"), at("2001:db8::6")};
    return role;
}

inline Role tunnelled(Encapsulation encapsulation)
{
    Role role;
    role.name = "far";
    role.forwarding = Forwarding::tunnelling;
    role.vips = {vip("198.51.100.8")};
    role.services = {{25, Protocol::tcp}};
    role.directors = {at("192.0.2.6")};
    role.tunnel.encapsulation = encapsulation;
    return role;
}

inline Role wide()
{
    auto role = web();
    role.name = "wide";
    role.vips = {vip("198.51.100.32/31"), vip("2001:db8:1::/64")};
    role.services = {{53, Protocol::udp}};
    return role;
}

inline Config config(std::vector<Role> roles)
{
    Config config;
    config.node.health.listen = {{at("0.0.0.0"), 9180}, {at("::"), 9181}};
    config.roles = std::move(roles);
    return config;
}

inline DirectorConfigCommand as(DirectorFormat format)
{
    DirectorConfigCommand command;
    command.format = format;
    return command;
}

inline DirectorView view(const Config& config, const DirectorConfigCommand& command = {})
{
    return director_view(config, command, lab);
}

const std::string folder = std::string{RS_DIRECTOR_CONFIG_FOLDER} + '/';

} // namespace rs::test
