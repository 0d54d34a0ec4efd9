#include "ctl/bus_failure.hpp"

#include "bus/bus_error.hpp"
#include "ctl/terminal.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace rs::ctl {
namespace {

using namespace std::string_view_literals;

bool one_of(std::string_view name, std::span<const std::string_view> names)
{
    return std::ranges::find(names, name) != names.end();
}

constexpr std::array absent{"org.freedesktop.DBus.Error.ServiceUnknown"sv,
                            "org.freedesktop.DBus.Error.NameHasNoOwner"sv};
constexpr std::array denied{"org.freedesktop.DBus.Error.AccessDenied"sv,
                            "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"sv,
                            "org.freedesktop.DBus.Error.AuthFailed"sv, "System.Error.EPERM"sv,
                            "System.Error.EACCES"sv};
constexpr std::array broken{"org.freedesktop.DBus.Error.Disconnected"sv, "System.Error.ENOTCONN"sv,
                            "System.Error.ECONNRESET"sv, "System.Error.EPIPE"sv};
constexpr std::array silent{"org.freedesktop.DBus.Error.NoReply"sv,
                            "org.freedesktop.DBus.Error.Timeout"sv,
                            "org.freedesktop.DBus.Error.TimedOut"sv, "System.Error.ETIMEDOUT"sv};

std::string on(const std::string& host)
{
    return host.empty() ? "" : " on " + host;
}

} // namespace

Failure no_bus(const std::string& message, const std::string& host)
{
    if (!host.empty()) {
        return {Exit::failed, "cannot reach the system bus of " + host + " over SSH: " + message +
                                  "; try: ssh " + host + " busctl status"};
    }
    return {Exit::not_running, "cannot reach the system bus (" + message +
                                   "), so realserverd cannot be asked; is dbus running?"};
}

Failure bus_failure(const std::string& name, const std::string& message, const std::string& what,
                    const std::string& host)
{
    if (one_of(name, absent)) {
        return {Exit::not_running, "realserverd is not running" + on(host) +
                                       "; start it with: systemctl start realserverd"};
    }
    if (one_of(name, denied)) {
        return {Exit::not_authorised, "not allowed to " + what + on(host) + ": " +
                                          printable(message) +
                                          "; use sudo, or have a polkit rule allow you the action"};
    }
    if (one_of(name, broken)) {
        return no_bus(message, host);
    }
    if (one_of(name, silent)) {
        return {Exit::failed, "cannot " + what + ": realserverd does not answer" + on(host) +
                                  "; see: journalctl -u realserverd"};
    }
    if (name == error_no_such_role || name == "org.freedesktop.DBus.Error.UnknownObject") {
        return {Exit::no_such_role, printable(message)};
    }
    if (name == error_bad_configuration) {
        return {Exit::bad_configuration, message};
    }
    return {Exit::failed, "cannot " + what + on(host) + ": " + printable(message)};
}

} // namespace rs::ctl
