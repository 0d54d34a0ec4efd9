#pragma once
#include "bus/sdbus_compat.hpp"
#include "event/loop.hpp"

#include <functional>
#include <optional>

namespace rs {

// Drives a connection from the loop, behind the sources of the kernel: a client that floods the bus
// delays other clients, not repairs. Not attachSdEventLoop(): that ends the process when
// dbus-daemon goes away, and sdbus-c++ 1.2 has none.
class BusPump {
public:
    using OnLost = std::function<void(const std::string& why)>;

    // `on_lost` is called once, when the connection has broken or the bus reads no more; it must
    // not throw, nor destroy the pump before it has returned.
    BusPump(Loop& loop, sdbus::IConnection& connection, OnLost on_lost);
    BusPump(const BusPump&) = delete;
    BusPump& operator=(const BusPump&) = delete;

private:
    using Source = Handle<sd_event_source, sd_event_source_disable_unref>;

    int guarded(void (BusPump::*step)()) noexcept;
    void lose(const std::string& why);
    void prepare();
    [[nodiscard]] std::uint64_t stuck_deadline(bool unsent);
    void process();

    sdbus::IConnection& connection_;
    OnLost on_lost_;
    std::optional<Clock::time_point> unsent_since_;
    Source io_;
    Source timer_;
};

} // namespace rs
