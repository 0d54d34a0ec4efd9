#pragma once
#include "bus/names.hpp"
#include "event/loop.hpp"

#include <systemd/sd-bus.h>

#include <functional>
#include <string>

namespace rs {

// Asks, without ever blocking, whether there is a bus daemon that answers. sdbus-c++ says hello
// synchronously: with a daemon that has hung, the loop would hang with it.
class BusProbe {
public:
    // Empty: it answers. Otherwise why not.
    using Done = std::function<void(const std::string& failure)>;

    // Calls `done` once, from the loop, within seconds; it must not throw, and may destroy the
    // probe if the bus answers. Throws std::system_error where there is no bus to be seen.
    BusProbe(Loop& loop, BusKind kind, Done done);
    BusProbe(const BusProbe&) = delete;
    BusProbe& operator=(const BusProbe&) = delete;

private:
    static int answered(sd_bus_message* reply, void* self, sd_bus_error* error) noexcept;

    void finish(const std::string& failure);

    Done done_;
    Handle<sd_bus, sd_bus_close_unref> bus_;
    WatchPtr timer_;
};

} // namespace rs
