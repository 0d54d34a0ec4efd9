#pragma once
#include "event/loop.hpp"
#include "util/handle.hpp"

#include <systemd/sd-bus.h>

#include <vector>

namespace rs::checks {

using Slot = Handle<sd_bus_slot, sd_bus_slot_unref>;
using BusMessage = Handle<sd_bus_message, sd_bus_message_unref>;

// Somebody who wants to know something from systemd.
class SystemdClient {
public:
    SystemdClient() = default;
    SystemdClient(const SystemdClient&) = delete;
    SystemdClient& operator=(const SystemdClient&) = delete;
    virtual ~SystemdClient() = default;

    // systemd is there, or has read its files again: whatever is known is to be asked again.
    virtual void ask(sd_bus& bus) = 0;
    // It is gone, or the bus is: calls and matches on it are to be dropped, nothing is known.
    virtual void forget() = 0;
};

// The system bus, with systemd on it; tried again whenever it is lost. Connects for its first
// client.
class SystemdBus {
public:
    explicit SystemdBus(Loop& loop);
    SystemdBus(const SystemdBus&) = delete;
    SystemdBus& operator=(const SystemdBus&) = delete;

    void add(SystemdClient& client);
    void remove(SystemdClient& client);

private:
    using Bus = Handle<sd_bus, sd_bus_close_unref>;

    void connect();
    void listen();
    void lose();
    void subscribe();
    void ask_again();
    // Callbacks of C: what they throw would have to cross sd-bus, and ends the process instead.
    static int on_owner(sd_bus_message* signal, void* self, sd_bus_error*) noexcept;
    static int on_reloading(sd_bus_message* signal, void* self, sd_bus_error*) noexcept;
    static int on_disconnected(sd_bus_message*, void* self, sd_bus_error*) noexcept;

    Loop& loop_;
    std::vector<SystemdClient*> clients_;
    Bus bus_;
    Bus lost_; // until nothing of it is on the stack
    WatchPtr retry_;
};

} // namespace rs::checks
