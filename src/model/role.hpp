#pragma once
#include "model/address.hpp"

#include <chrono>
#include <string>
#include <variant>
#include <vector>

// What the administrator asked for: the parsed and validated configuration.
namespace rs {

enum class Forwarding : std::uint8_t { direct_routing, tunnelling };
enum class Protocol : std::uint8_t { tcp, udp };
enum class Bind : std::uint8_t { automatic, address, route };
enum class Encapsulation : std::uint8_t { ipip, gre, gue };
enum class OnTimeout : std::uint8_t { keep, reset };
enum class GuardUse : std::uint8_t { automatic, on, off };
enum class CheckType : std::uint8_t { tcp, http, unit, exec };
enum class OnCheckFailure : std::uint8_t { unhealthy, report };
enum class LogLevel : std::uint8_t { trace, debug, info, warning, error, critical };

// A port number in host byte order.
using Port = std::uint16_t;

struct Service {
    Port port{};
    Protocol protocol{};
    auto operator<=>(const Service&) const = default;
};

struct MssAutomatic {
    auto operator<=>(const MssAutomatic&) const = default;
};

struct MssOff {
    auto operator<=>(const MssOff&) const = default;
};

// Bytes of TCP payload, or as the encapsulation demands, or whatever the kernel does.
using Mss = std::variant<MssAutomatic, MssOff, std::uint16_t>;

// How packets sent from the VIP leave; all default means as the main table says.
struct Reply {
    std::optional<Address> gateway;
    std::string device;
    Mss mss;
    auto operator<=>(const Reply&) const = default;
};

struct Tunnel {
    Encapsulation encapsulation{};
    std::optional<Address> local;
    Port port = 6080;   // gue only
    bool checksum{};    // gre only: the directors add one
    std::string device; // set only to use the kernel's fallback device
    auto operator<=>(const Tunnel&) const = default;
};

struct DrainPolicy {
    std::chrono::microseconds timeout = std::chrono::minutes{5}; // 0 waits without limit
    OnTimeout on_timeout = OnTimeout::keep;
    bool probes = false;
    auto operator<=>(const DrainPolicy&) const = default;
};

struct Check {
    CheckType type{};
    std::string target;
    std::string expect; // http only; empty accepts any body
    std::chrono::microseconds interval = std::chrono::seconds{2};
    std::chrono::microseconds timeout = std::chrono::seconds{1};
    unsigned rise = 2;
    unsigned fall = 3;
    OnCheckFailure on_failure = OnCheckFailure::unhealthy;
    auto operator<=>(const Check&) const = default;
};

// One role of this host: the VIPs of one file in conf.d, and how they are held.
struct Role {
    std::string name;
    Forwarding forwarding{};
    std::vector<Prefix> vips; // host bits clear
    std::vector<Service> services;
    std::vector<Address> directors;
    std::string device = "lo"; // tunnelling: empty for the role's tunnels
    Bind bind = Bind::automatic;
    std::vector<std::string> arp_devices; // empty: all
    GuardUse arp_guard = GuardUse::automatic;
    Reply reply;
    Tunnel tunnel;
    DrainPolicy drain;
    std::vector<Check> checks;
    auto operator<=>(const Role&) const = default;
};

struct Endpoint {
    Address address;
    Port port{};
    auto operator<=>(const Endpoint&) const = default;
};

// Who may ask for health: the directors of all roles, anybody, or a prefix.
struct AllowDirectors {
    auto operator<=>(const AllowDirectors&) const = default;
};

struct AllowAny {
    auto operator<=>(const AllowAny&) const = default;
};

using Allow = std::variant<AllowDirectors, AllowAny, Prefix>;

struct Health {
    std::vector<Endpoint> listen{{{Family::ipv4, {}}, 9180}, {{Family::ipv6, {}}, 9180}};
    std::vector<Allow> allow{AllowDirectors{}};
    auto operator<=>(const Health&) const = default;
};

struct Stop {
    bool drain = true;
    std::chrono::microseconds timeout = std::chrono::seconds{30};
    auto operator<=>(const Stop&) const = default;
};

struct Node {
    Health health;
    std::vector<Endpoint> agent_check;
    Stop stop;
    LogLevel log_level = LogLevel::info;
    auto operator<=>(const Node&) const = default;
};

struct Config {
    Node node;
    std::vector<Role> roles; // by name
    auto operator<=>(const Config&) const = default;
};

// The words of the configuration file.
[[nodiscard]] std::string_view to_string(Forwarding forwarding);
[[nodiscard]] std::string_view to_string(CheckType type);
[[nodiscard]] std::string to_string(const Service& service); // "80/tcp"
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

[[nodiscard]] bool has_vip(const Role& role, Family family);
// What `bind = "auto"` means for one VIP: an address for a host, a route for a prefix.
[[nodiscard]] bool binds_by_route(const Role& role, const Prefix& vip);

} // namespace rs
