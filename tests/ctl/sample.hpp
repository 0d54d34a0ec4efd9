#pragma once
#include "model/status.hpp"

namespace rs::test {

using namespace std::chrono_literals;

// 2026-03-01 09:05:00.000250 UTC
inline constexpr WallTime noon{std::chrono::microseconds{1772355900000250}};

inline RoleStatus web()
{
    RoleStatus role;
    role.name = "web";
    role.state = RoleState::serving;
    role.in_sync = true;
    role.vips = {{*parse_prefix("192.0.2.8"), "lo", true},
                 {*parse_prefix("2001:db8::8"), "lo", true}};
    role.services = {{80, Protocol::tcp}, {443, Protocol::udp}};
    role.connections = 12;
    return role;
}

// Nothing about this one is as it should be.
inline RoleStatus mail()
{
    RoleStatus role;
    role.name = "mail";
    role.forwarding = Forwarding::tunnelling;
    role.state = RoleState::draining;
    role.vips = {{*parse_prefix("192.0.2.9"), "lo", true},
                 {*parse_prefix("192.0.2.10"), "lo", false},
                 {*parse_prefix("192.0.2.64/28"), "lo", true}};
    role.services = {{25, Protocol::tcp}};
    role.connections = 1;
    role.drain = DrainStatus{noon - 1min, noon + 4min, true};
    role.directors = {{*parse_address("192.0.2.6"), noon - 2s, "draining", true, true},
                      {*parse_address("192.0.2.7"), std::nullopt, "", false, false}};
    role.checks = {{"tcp", "127.0.0.1:25", false, noon - 30s},
                   {"unit", "postfix", true, noon - 1h}};
    role.drift = {{noon - 10s, "VIP 192.0.2.10 on lo was removed"}};
    role.problems = {"VIP 192.0.2.10 on lo: \x1b[31mdevice or resource busy"};
    return role;
}

inline NodeStatus two_roles()
{
    return {.version = "0.1.0",
            .state = RoleState::draining,
            .connections = 13,
            .drifts = 1,
            .roles = {mail(), web()},
            .problems = {},
            .missing = {}};
}

} // namespace rs::test
