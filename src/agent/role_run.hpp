#pragma once
#include "agent/check_run.hpp"
#include "drain/polls.hpp"
#include "reconcile/desired.hpp"
#include "reconcile/pace.hpp"

#include <deque>
#include <map>

namespace rs {

// A role as it runs: what was asked for, and what has become of it so far.
struct RoleRun {
    RoleRun(Role asked, const Moment& now);

    // Takes over a new configuration of the same role; what it did not change goes on.
    void take(Role asked);

    [[nodiscard]] RoleState state() const;
    // A check that a reload has added to a healthy role does not before it has run.
    [[nodiscard]] bool fails(const CheckRun& check) const;
    [[nodiscard]] bool healthy() const;
    [[nodiscard]] RoleStatus status(const Moment& now) const;
    [[nodiscard]] std::vector<DirectorStatus> director_status(const Moment& now) const;
    // What the role wants of the kernel, its drain included.
    [[nodiscard]] Desired wanted(const Host& host) const;

    Role role;
    Drain drain;
    State held; // what of the wanted has been there once
    bool in_sync{};
    std::vector<VipStatus> vips;
    std::vector<std::string> problems;
    std::deque<Drift> drift;

    // Repair that keeps being undone is a fight, and is given up for a while.
    Budget repairs{10, std::chrono::seconds{3}};
    bool contested{};
    // ARP suppression never waits; where it does not last, the VIPs go instead.
    Budget arp_repairs{10, std::chrono::seconds{3}};
    Backoff arp_lost{std::chrono::seconds{30}, std::chrono::seconds{30}};
    // A refused role is tried again when the kernel has changed, or after a while.
    Backoff refused{std::chrono::milliseconds{100}, std::chrono::seconds{30}};
    std::string refusal; // why, in one sentence
    Host refused_at;     // how the kernel was then

    std::uint32_t connections{};
    std::optional<TimePoint> counted;
    std::string drain_problem;

    std::vector<CheckRun> checks; // as the role lists them
    bool trusted{};               // was healthy when they last changed

    // What a director was told last, beside what its polls show.
    struct Director {
        Polls polls;
        WallTime last_poll{}; // the epoch: not since the start
        RoleState answer{};
        bool was_polling{};
    };

    std::map<Address, Director> directors; // those that have ever asked
    TimePoint since;                       // when the role came into force
    std::vector<std::string> silent;       // about directors that should ask and do not
};

} // namespace rs
