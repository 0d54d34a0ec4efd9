#include "checks/systemd_bus.hpp"

#include <string_view>
#include <system_error>

namespace rs::checks {
namespace {

using namespace std::chrono_literals;

constexpr auto retry = 250ms;
constexpr const char* name = "org.freedesktop.systemd1";
constexpr const char* path = "/org/freedesktop/systemd1";
constexpr const char* manager = "org.freedesktop.systemd1.Manager";

void check(int result, const char* what)
{
    if (result < 0) {
        throw std::system_error(-result, std::generic_category(), what);
    }
}

} // namespace

SystemdBus::SystemdBus(Loop& loop) : loop_{loop}, retry_{loop.timer([this] { connect(); })} {}

void SystemdBus::add(SystemdClient& client)
{
    clients_.push_back(&client);
    if (bus_) {
        client.ask(*bus_);
    } else if (clients_.size() == 1) {
        retry_->arm(Clock::now());
    }
}

void SystemdBus::remove(SystemdClient& client)
{
    std::erase(clients_, &client);
}

void SystemdBus::connect()
{
    lost_.reset();
    if (clients_.empty()) {
        return; // the next one connects
    }
    try {
        sd_bus* bus{};
        check(sd_bus_open_system(&bus), "sd_bus_open_system");
        bus_.reset(bus);
        check(sd_bus_attach_event(bus, loop_.native(), SD_EVENT_PRIORITY_NORMAL), "attach");
        listen();
    } catch (const std::system_error&) {
        bus_.reset();
        retry_->arm(Clock::now() + retry);
        return;
    }
    subscribe();
    ask_again();
}

void SystemdBus::listen()
{
    const auto match = [this](const char* sender, const char* from, const char* interface,
                              const char* member, sd_bus_message_handler_t callback) {
        check(sd_bus_match_signal_async(bus_.get(), nullptr, sender, from, interface, member,
                                        callback, nullptr, this),
              member);
    };
    match("org.freedesktop.DBus.Local", nullptr, "org.freedesktop.DBus.Local", "Disconnected",
          on_disconnected);
    match(name, path, manager, "Reloading", on_reloading);
    check(sd_bus_add_match_async(
              bus_.get(), nullptr,
              "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
              "member='NameOwnerChanged',arg0='org.freedesktop.systemd1'",
              on_owner, nullptr, this),
          "NameOwnerChanged");
}

// Else systemd sends no signals.
void SystemdBus::subscribe()
{
    sd_bus_call_method_async(
        bus_.get(), nullptr, name, path, manager, "Subscribe",
        [](sd_bus_message*, void*, sd_bus_error*) { return 0; }, nullptr, "");
}

void SystemdBus::ask_again()
{
    for (auto* client : clients_) {
        client->ask(*bus_);
    }
}

void SystemdBus::lose()
{
    for (auto* client : clients_) {
        client->forget();
    }
    lost_ = std::move(bus_);
    retry_->arm(Clock::now() + retry);
}

int SystemdBus::on_owner(sd_bus_message* signal, void* self, sd_bus_error*) noexcept
{
    auto& bus = *static_cast<SystemdBus*>(self);
    const char* owned{};
    const char* before{};
    const char* after{};
    if (sd_bus_message_read(signal, "sss", &owned, &before, &after) < 0) {
        return 0;
    }
    for (auto* client : bus.clients_) {
        client->forget();
    }
    if (*after != '\0') {
        bus.subscribe();
        bus.ask_again();
    }
    return 0;
}

int SystemdBus::on_reloading(sd_bus_message* signal, void* self, sd_bus_error*) noexcept
{
    int active{};
    if (sd_bus_message_read(signal, "b", &active) >= 0 && active == 0) {
        static_cast<SystemdBus*>(self)->ask_again();
    }
    return 0;
}

int SystemdBus::on_disconnected(sd_bus_message*, void* self, sd_bus_error*) noexcept
{
    static_cast<SystemdBus*>(self)->lose();
    return 0;
}

} // namespace rs::checks
