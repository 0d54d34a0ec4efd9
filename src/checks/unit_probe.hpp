#pragma once
#include "checks/probe.hpp"
#include "checks/systemd_bus.hpp"

#include <optional>

namespace rs::checks {

// Whether a systemd unit is active. systemd tells of changes, and is not asked again: a run gives
// what is known, or waits until it is.
class UnitProbe : public Probe, private SystemdClient {
public:
    using OnChange = std::function<void()>;

    // `on_change`: a run now would tell something else than the last one.
    UnitProbe(SystemdBus& bus, std::string unit, OnChange on_change);
    ~UnitProbe() override;

    void start(Done done) override;
    void cancel() override;

private:
    void ask(sd_bus& bus) override;
    void forget() override;
    void ask_state();
    void take_path(sd_bus_message& reply);
    void take_state(sd_bus_message& reply);
    void know(Finding finding);
    // Callbacks of C: what they throw would have to cross sd-bus, and ends the process instead.
    static int on_path(sd_bus_message* reply, void* self, sd_bus_error*) noexcept;
    static int on_state(sd_bus_message* reply, void* self, sd_bus_error*) noexcept;
    static int on_change_signal(sd_bus_message*, void* self, sd_bus_error*) noexcept;

    SystemdBus& systemd_;
    std::string unit_;
    OnChange on_change_;
    sd_bus* bus_{}; // while systemd is there
    std::string path_;
    Slot path_call_;
    Slot state_call_;
    bool changed_meanwhile_ = false; // since state_call_ was sent
    Slot match_;
    std::optional<Finding> known_;
    std::optional<bool> told_; // what the last run found; none: it timed out
    Done done_;                // of the run that waits
};

} // namespace rs::checks
