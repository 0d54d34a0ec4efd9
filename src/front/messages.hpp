#pragma once
#include "bus/control.hpp"
#include "model/status.hpp"

#include <variant>

// All that is ever said between the daemon, which may change the kernel, and its front, which
// reads what strangers send and may change nothing.
namespace rs::wire {

// From the daemon.

struct Configured {
    Config config;
};

struct Published {
    NodeStatus status;
};

struct Happened {
    Event event;
};

struct Open {}; // the health endpoints: the first true status has been published

struct Finish {}; // answer those who are here, and take in nobody else

enum class Failure : std::uint8_t { none, no_such_role, bad_configuration, other };

// To what was asked, in the order of the questions.
struct Answer {
    Failure failure{};
    std::string text;
    std::uint32_t number{};
};

struct Sync {}; // say Synced when all of before has been taken in

using ToFront = std::variant<Configured, Published, Happened, Open, Finish, Answer, Sync>;

// From the front: what authorised callers on the bus order.

struct AskDrain {
    std::string role;
    DrainRequest request;
};

struct AskUndrain {
    std::string role;
};

struct AskReload {};

struct AskConnections {
    std::string role;
};

struct AskLogLevel {
    LogLevel level{};
};

// And what it tells.

struct Polled {
    Poll poll;
};

// Every second: it is alive, and what is wrong with its sockets and the bus.
struct Pulse {
    std::vector<std::string> problems;
};

struct BusTried {}; // the bus was reached for the first time, or could not be

struct Alone {}; // Finish is done

struct Store { // a socket goes with it, for the service manager to keep
    std::string name;
};

struct Unstore {
    std::string name;
};

struct Synced {};

using ToDaemon = std::variant<AskDrain, AskUndrain, AskReload, AskConnections, AskLogLevel, Polled,
                              Pulse, BusTried, Alone, Store, Unstore, Synced>;

} // namespace rs::wire
