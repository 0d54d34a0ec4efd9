#pragma once
#include "bus/bus_probe.hpp"
#include "bus/control.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace rs {

class Session;

// realserverd on D-Bus. The bus is optional: without one, or with one that dies, does not answer,
// or has given the name to somebody else, the daemon works on, says so once, loudly, and this
// tries again with back-off for as long as it lives.
class BusService {
public:
    // Begins when the loop runs; publish() the first status before that. Everything outlives this.
    // `tried` is called once, when the first attempt has succeeded or failed.
    BusService(
        Loop& loop, Control& control, BusKind kind, std::function<void()> tried = [] {});
    BusService(const BusService&) = delete;
    BusService& operator=(const BusService&) = delete;
    ~BusService();

    // What all properties answer from now on. Signals what differs from before: one
    // PropertiesChanged an object, InterfacesAdded and InterfacesRemoved. Never throws for the
    // bus's sake. Not to be called from Control::connections().
    void publish(const NodeStatus& status);
    void emit(const Event& event);

    // Whether the bus name is ours: whether realserverctl can reach this daemon.
    [[nodiscard]] bool connected() const { return connected_; }

    // Why not, if an attempt has failed; else empty.
    [[nodiscard]] const std::string& problem() const { return last_failure_; }

private:
    void attempt();
    void probed(const std::string& failure);
    void named();
    void failed(const std::string& why);
    void back_off();
    [[nodiscard]] bool usable() const;

    Loop& loop_;
    Control& control_;
    BusKind kind_;
    NodeStatus status_;
    std::optional<BusProbe> probe_;
    std::unique_ptr<Session> session_;
    bool connected_{};
    bool retrying_{}; // retry_ is armed
    Clock::time_point connected_since_;
    std::chrono::milliseconds pause_;
    std::string last_failure_;
    std::function<void()> tried_;
    WatchPtr retry_;
    WatchPtr fired_; // the one before: it may still be on the stack
};

} // namespace rs
