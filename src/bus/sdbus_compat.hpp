#pragma once
// The only file that knows which sdbus-c++ it is built against (1.2 to 2.x).
#include <sdbus-c++/sdbus-c++.h>
#include <systemd/sd-bus.h>

#include <cstdint>
#include <optional>
#include <string>

namespace rs {

#if __has_include(<sdbus-c++/VTableItems.h>) // sdbus-c++ 2

using BusServiceName = sdbus::ServiceName;
using BusErrorName = sdbus::Error::Name;
using BusPropertyName = sdbus::PropertyName;
// False when the reply is a good one.
using BusReplyError = std::optional<sdbus::Error>;

inline void process_one(sdbus::IConnection& connection)
{
    connection.processPendingEvent();
}

// Microseconds of CLOCK_MONOTONIC; UINT64_MAX: never.
inline std::uint64_t poll_deadline(const sdbus::IConnection::PollData& poll)
{
    return poll.timeout == decltype(poll.timeout)::max()
               ? UINT64_MAX
               : static_cast<std::uint64_t>(poll.timeout.count());
}

// Calls `handler` for every message that fits the rule, until the slot is destroyed.
template <typename Handler>
[[nodiscard]] sdbus::Slot add_match(sdbus::IConnection& connection, const std::string& rule,
                                    Handler handler)
{
    return connection.addMatch(
        rule, [handler](sdbus::Message message) { handler(message); }, sdbus::return_slot);
}

#else // sdbus-c++ 1

using BusServiceName = std::string;
using BusErrorName = std::string;
using BusPropertyName = std::string;
using BusReplyError = const sdbus::Error*;

inline void process_one(sdbus::IConnection& connection)
{
    connection.processPendingRequest();
}

inline std::uint64_t poll_deadline(const sdbus::IConnection::PollData& poll)
{
    return poll.timeout_usec;
}

// Calls `handler` for every message that fits the rule, until the slot is destroyed.
template <typename Handler>
[[nodiscard]] sdbus::Slot add_match(sdbus::IConnection& connection, const std::string& rule,
                                    Handler handler)
{
    return connection.addMatch(rule, [handler](sdbus::Message& message) { handler(message); });
}

#endif

namespace compat {

// sdbus-c++ hides libsystemd's message, and with it the flags of its header.
struct RawMessage : sdbus::Message {
    static sd_bus_message* of(const sdbus::Message& message)
    {
        return static_cast<sd_bus_message*>(message.*(&RawMessage::msg_));
    }
};

inline sd_bus_message* raw(const sdbus::Message* message)
{
    return RawMessage::of(*message);
}

inline sd_bus_message* raw(const sdbus::Message& message)
{
    return RawMessage::of(message);
}

} // namespace compat

// Who sent the call that is being handled.
struct Caller {
    std::string name;   // unique on the bus, never used again
    bool interactive{}; // may be asked for a password
};

inline Caller current_caller(const sdbus::IObject& object)
{
    auto* const message = compat::raw(object.getCurrentlyProcessedMessage());
    const auto* const sender = sd_bus_message_get_sender(message);
    return {.name = sender != nullptr ? sender : "",
            .interactive = sd_bus_message_get_allow_interactive_authorization(message) > 0};
}

} // namespace rs
