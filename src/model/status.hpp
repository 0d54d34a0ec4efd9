#pragma once
#include "model/role.hpp"

#include <optional>

// What the agent tells the outside: D-Bus, realserverctl, the directors.
namespace rs {

// From best to worst: a node is as well as its worst role.
enum class RoleState : std::uint8_t { serving, drained, draining, stopped, unhealthy, degraded };
[[nodiscard]] std::string_view to_string(RoleState state);
[[nodiscard]] std::optional<RoleState> parse_role_state(std::string_view text);

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

struct VipStatus {
    Prefix vip;
    std::string device;
    bool bound{};
    auto operator<=>(const VipStatus&) const = default;
};

struct DrainStatus {
    WallTime since;
    std::optional<WallTime> deadline; // none: waits without limit
    bool persistent{};                // survives a reboot
    auto operator<=>(const DrainStatus&) const = default;
};

struct DirectorStatus {
    Address address;
    std::optional<WallTime> last_poll; // none: has never asked
    std::string last_answer;           // what it was told last
    bool polling{};                    // asks again and again, and has not stopped
    bool told{};                       // has been told what holds now, and acts on it
    auto operator<=>(const DirectorStatus&) const = default;
};

struct CheckStatus {
    std::string type;
    std::string target;
    bool ok{};
    WallTime since;
    auto operator<=>(const CheckStatus&) const = default;
};

// Somebody asked whether this host may get new connections, and was told.
struct Poll {
    Address from;
    std::string role;   // empty: the node as a whole
    RoleState answer{}; // all but "serving" mean no
    auto operator<=>(const Poll&) const = default;
};

// One run of a role's local check; `check` counts the role's checks from 0.
struct CheckOutcome {
    std::string role;
    std::size_t check{};
    bool ok{};
    std::string text; // what was found, for people: "HTTP 500", "connection refused"
    auto operator<=>(const CheckOutcome&) const = default;
};

// One thing that was found changed behind our back, and put back.
struct Drift {
    WallTime when;
    std::string what;
    auto operator<=>(const Drift&) const = default;
};

struct RoleStatus {
    std::string name;
    Forwarding forwarding{};
    RoleState state = RoleState::stopped;
    bool in_sync{}; // the kernel holds all that the role wants
    std::vector<VipStatus> vips;
    std::vector<Service> services;
    std::uint32_t connections{}; // to the VIPs and services, as last counted
    std::optional<DrainStatus> drain;
    std::vector<DirectorStatus> directors;
    std::vector<CheckStatus> checks;
    std::vector<Drift> drift; // the newest last, bounded
    std::vector<std::string> problems;
    auto operator<=>(const RoleStatus&) const = default;
};

struct NodeStatus {
    std::string version;
    RoleState state = RoleState::serving;
    std::uint32_t connections{};
    std::uint64_t drifts{}; // since start
    std::vector<RoleStatus> roles;
    std::vector<std::string>
        problems; // of no role alone: a port that is taken, checks that do not run
    std::vector<std::string> missing; // what this host cannot have, and all roles do without
    auto operator<=>(const NodeStatus&) const = default;
};

// An event as `realserverctl monitor` shows it. Kinds: "step", "drift", "state", "drain",
// "failure", "contested", "reload", "check", "director", "guard". An empty role means the node.
struct Event {
    std::string kind;
    std::string role;
    std::string text;
    auto operator<=>(const Event&) const = default;
};

} // namespace rs
