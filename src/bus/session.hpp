#pragma once
#include "bus/bus_pump.hpp"
#include "bus/log_object.hpp"
#include "bus/names.hpp"
#include "bus/node_object.hpp"
#include "bus/role_object.hpp"

namespace rs {

// One life of a connection to the bus: from the hello to its loss.
class Session {
public:
    // Neither may throw, nor destroy the session before it has returned.
    struct Outcome {
        std::function<void()> named; // the bus name is ours
        std::function<void(const std::string& why)> failed;
    };

    // Shows `status` and asks for the bus name, last of all. Throws sdbus::Error without a bus.
    Session(Loop& loop, Control& control, BusKind kind, const NodeStatus& status, Outcome outcome);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Both throw sdbus::Error when the bus takes no more messages.
    void publish(const NodeStatus& status);
    void emit(const Event& event);

private:
    void remove_roles(const NodeStatus& status);
    void request_name();
    void named(const BusReplyError& error, std::uint32_t answer) const;

    Outcome outcome_;
    Control& control_;
    // Destroyed last: even a pending reply refers to it.
    std::unique_ptr<sdbus::IConnection> connection_;
    BusPump pump_;
    Authority authority_;
    NodeObject node_;
    LogObject log_;
    std::map<std::string, RoleObject> roles_;
    std::unique_ptr<sdbus::IProxy> driver_;
};

} // namespace rs
