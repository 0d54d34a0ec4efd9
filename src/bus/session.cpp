#include "bus/session.hpp"

#include "bus/utf8.hpp"

#include <algorithm>

namespace rs {
namespace {

std::unique_ptr<sdbus::IConnection> connect(BusKind kind)
{
    return kind == BusKind::system ? sdbus::createSystemBusConnection()
                                   : sdbus::createSessionBusConnection();
}

} // namespace

Session::Session(Loop& loop, Control& control, BusKind kind, const NodeStatus& status,
                 Outcome outcome)
    : outcome_{std::move(outcome)},
      control_{control},
      connection_{connect(kind)},
      pump_{loop, *connection_,
            [this](const std::string& why) { outcome_.failed("the bus has gone: " + why); }},
      authority_{*connection_, control},
      node_{*connection_, authority_, control, status},
      log_{*connection_, control},
      driver_{sdbus::createProxy(*connection_, BusServiceName{driver_name},
                                 sdbus::ObjectPath{driver_path})}
{
    for (const auto& role : status.roles) {
        roles_.try_emplace(role.name, *connection_, authority_, control_, role);
    }
    request_name();
}

void Session::publish(const NodeStatus& status)
{
    remove_roles(status);
    for (const auto& role : status.roles) {
        const auto [entry, appeared] =
            roles_.try_emplace(role.name, *connection_, authority_, control_, role);
        if (appeared) {
            entry->second.announce();
        } else {
            entry->second.update(role);
        }
    }
    node_.update(status);
}

void Session::emit(const Event& event)
{
    node_.emitEvent(valid_utf8(event.kind), valid_utf8(event.role), valid_utf8(event.text));
}

void Session::remove_roles(const NodeStatus& status)
{
    for (auto entry = roles_.begin(); entry != roles_.end();) {
        if (std::ranges::find(status.roles, entry->first, &RoleStatus::name) !=
            status.roles.end()) {
            ++entry;
            continue;
        }
        entry->second.take_leave();
        entry = roles_.erase(entry);
    }
}

// Not IConnection::requestName(): that waits for the answer.
void Session::request_name()
{
    constexpr std::uint32_t do_not_queue = 4;
    driver_->callMethodAsync("RequestName")
        .onInterface(driver_name)
        .withArguments(std::string{bus_name}, do_not_queue)
        .uponReplyInvoke(
            [this](BusReplyError error, std::uint32_t answer) { named(error, answer); });
}

void Session::named(const BusReplyError& error, std::uint32_t answer) const
{
    constexpr std::uint32_t primary_owner = 1;
    if (error) {
        outcome_.failed(std::string{bus_name} + ": " + std::string{error->getMessage()});
    } else if (answer != primary_owner) {
        outcome_.failed(std::string{bus_name} + " belongs to another process");
    } else {
        outcome_.named();
    }
}

} // namespace rs
