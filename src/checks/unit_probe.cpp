#include "checks/unit_probe.hpp"

#include "checks/text.hpp"

#include <string_view>
#include <utility>

namespace rs::checks {
namespace {

constexpr const char* systemd = "org.freedesktop.systemd1";

// While it reloads its files a unit serves as before.
bool is_good(std::string_view state)
{
    return state == "active" || state == "reloading" || state == "refreshing";
}

std::string error_of(sd_bus_message& reply)
{
    const auto* error = sd_bus_message_get_error(&reply);
    return error->message == nullptr ? error->name : first_line(error->message);
}

} // namespace

UnitProbe::UnitProbe(SystemdBus& bus, std::string unit, OnChange on_change)
    : systemd_{bus}, unit_{std::move(unit)}, on_change_{std::move(on_change)}
{
    systemd_.add(*this);
}

UnitProbe::~UnitProbe()
{
    systemd_.remove(*this);
}

void UnitProbe::start(Done done)
{
    if (known_) {
        told_ = known_->ok;
        done(*known_);
    } else {
        done_ = std::move(done);
    }
}

void UnitProbe::cancel()
{
    done_ = nullptr;
    told_.reset();
}

// The path first: what a unit sends goes by its own name, not by an alias.
void UnitProbe::ask(sd_bus& bus)
{
    bus_ = &bus;
    sd_bus_slot* slot{};
    sd_bus_call_method_async(bus_, &slot, systemd, "/org/freedesktop/systemd1",
                             "org.freedesktop.systemd1.Manager", "LoadUnit", on_path, this, "s",
                             unit_.c_str());
    path_call_.reset(slot);
}

void UnitProbe::forget()
{
    bus_ = nullptr;
    path_.clear();
    path_call_.reset();
    state_call_.reset();
    match_.reset();
    changed_meanwhile_ = false;
    // A run from now on waits for what is known next.
    if (std::exchange(known_, std::nullopt)) {
        on_change_();
    }
}

void UnitProbe::take_path(sd_bus_message& reply)
{
    const char* path{};
    if (sd_bus_message_is_method_error(&reply, nullptr) != 0) {
        know({false, "unit " + unit_ + ": " + error_of(reply)});
    } else if (sd_bus_message_read(&reply, "o", &path) >= 0) {
        if (path_ != path) {
            path_ = path;
            sd_bus_slot* slot{};
            sd_bus_match_signal_async(bus_, &slot, systemd, path, "org.freedesktop.DBus.Properties",
                                      "PropertiesChanged", on_change_signal, nullptr, this);
            match_.reset(slot);
        }
        ask_state();
    }
}

// Asked after the match was asked for, so no change is lost.
void UnitProbe::ask_state()
{
    if (state_call_) {
        changed_meanwhile_ = true;
        return;
    }
    sd_bus_slot* slot{};
    sd_bus_call_method_async(bus_, &slot, systemd, path_.c_str(), "org.freedesktop.DBus.Properties",
                             "Get", on_state, this, "ss", "org.freedesktop.systemd1.Unit",
                             "ActiveState");
    state_call_.reset(slot);
}

void UnitProbe::take_state(sd_bus_message& reply)
{
    const char* state{};
    state_call_.reset();
    if (sd_bus_message_is_method_error(&reply, nullptr) != 0) {
        know({false, "unit " + unit_ + ": " + error_of(reply)});
    } else if (sd_bus_message_read(&reply, "v", "s", &state) >= 0) {
        know({is_good(state), "unit " + unit_ + " is " + first_line(state)});
    }
    if (std::exchange(changed_meanwhile_, false)) {
        ask_state();
    }
}

void UnitProbe::know(Finding finding)
{
    known_ = std::move(finding);
    if (const auto done = std::exchange(done_, nullptr)) {
        start(done);
    } else if (told_ != known_->ok) {
        on_change_();
    }
}

int UnitProbe::on_path(sd_bus_message* reply, void* self, sd_bus_error*) noexcept
{
    static_cast<UnitProbe*>(self)->take_path(*reply);
    return 0;
}

int UnitProbe::on_state(sd_bus_message* reply, void* self, sd_bus_error*) noexcept
{
    static_cast<UnitProbe*>(self)->take_state(*reply);
    return 0;
}

int UnitProbe::on_change_signal(sd_bus_message*, void* self, sd_bus_error*) noexcept
{
    static_cast<UnitProbe*>(self)->ask_state();
    return 0;
}

} // namespace rs::checks
