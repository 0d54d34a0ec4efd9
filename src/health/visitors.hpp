#pragma once
#include "health/callers.hpp"
#include "model/status.hpp"

#include <array>
#include <chrono>
#include <list>

// Who is connected, for how long they may stay, and who has to go when it gets crowded. Pure: the
// caller says what time it is and does what is decided.
namespace rs {

using Instant = std::chrono::steady_clock::time_point;

// Connections, and how long each may take; by the clock, not by inactivity: a byte now and then
// buys nobody time.
struct VisitorLimits {
    // By Caller. Directors' slots are apart, so that others cannot take them; strangers get their
    // 403 a few at a time.
    std::array<std::size_t, 3> callers{256, 128, 8};
    // By Caller, too. A director may check dozens of virtual servers at the same moment.
    std::array<std::size_t, 3> per_address{128, 16, 4};
    std::chrono::milliseconds ask{2000};
    std::chrono::milliseconds take_answer{5000};
    // Whoever has not asked by then has to make room when it is crowded: an honest check asks at
    // once, and whoever only holds a place does not keep it from the next.
    std::chrono::milliseconds grace{20};
};

// The limits for a process that may have `descriptors` open: half of them are for others.
[[nodiscard]] VisitorLimits limits_for(std::size_t descriptors);

struct Visitor {
    int socket = -1; // not owned
    Address address;
    Caller caller{};
    Instant arrived;
    Instant deadline;
    bool asked{};
    bool dismissed{};         // told to go, and not gone yet
    std::optional<Poll> told; // counts once the answer is complete
};

class Visitors {
public:
    explicit Visitors(VisitorLimits limits = {}) : limits_{limits} {}

    // Whether there is no room for one more.
    [[nodiscard]] bool crowded(const Address& address, Caller caller) const;

    // Whether one more may come in; it may be at the cost of `dismissed`, which is marked so.
    struct Admission {
        bool admitted{};
        Visitor* dismissed{};
    };

    [[nodiscard]] Admission admit(const Address& address, Caller caller, Instant now);
    // The visitor stays in place until leave().
    Visitor& enter(int socket, const Address& address, Caller caller, Instant now);
    void asked(Visitor& visitor, Instant now);
    void leave(Visitor& visitor);

    // Those whose time is up, which are marked as dismissed.
    [[nodiscard]] std::vector<Visitor*> overdue(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    [[nodiscard]] std::size_t size() const { return asking_.size() + answered_.size(); }

private:
    [[nodiscard]] bool full(const Address& address, Caller caller) const;
    void dismiss(Visitor& visitor);

    VisitorLimits limits_;
    std::list<Visitor> asking_;           // by deadline
    std::list<Visitor> answered_;         // by deadline
    std::array<std::size_t, 3> counts_{}; // by Caller, without the dismissed
};

} // namespace rs
