#include "bus/authority.hpp"

#include "bus/bus_error.hpp"
#include "bus/names.hpp"

#include <spdlog/spdlog.h>

#include <unistd.h>

#include <chrono>

namespace rs {
namespace {

constexpr auto polkit_name = "org.freedesktop.PolicyKit1";
constexpr auto polkit_path = "/org/freedesktop/PolicyKit1/Authority";
constexpr auto polkit_interface = "org.freedesktop.PolicyKit1.Authority";
constexpr std::uint32_t allow_user_interaction = 1;
// As long as somebody may need to type a password.
constexpr std::chrono::minutes polkit_patience{2};
constexpr unsigned most_undecided = 16;

using Details = std::map<std::string, std::string>;
// authorised, a challenge (a password would open it), details
using Verdict = sdbus::Struct<bool, bool, Details>;
// The unique name of the caller, never its process id: that may have passed to another process.
using Subject = sdbus::Struct<std::string, std::map<std::string, sdbus::Variant>>;

void refuse(const Change& change, const sdbus::Error& error) noexcept
{
    try {
        spdlog::debug("D-Bus: {} from {} refused: {}", change.action, change.caller.name,
                      std::string{error.getMessage()});
        change.result.returnError(error);
    } catch (const std::exception& failure) {
        spdlog::debug("D-Bus: no answer to {}: {}", change.caller.name, failure.what());
    }
}

void deny(const Change& change, const std::string& why) noexcept
{
    refuse(change, bus_error(error_access_denied,
                             why + "; allowed: root, and whom polkit grants " + change.action));
}

void carry_out(const Change& change, uid_t user) noexcept
{
    try {
        spdlog::info("D-Bus: {} for user {}", change.action, user);
        change.apply();
    } catch (const std::exception& error) {
        refuse(change, bus_error(error));
        return;
    }
    try {
        change.result.returnResults();
    } catch (const std::exception& failure) {
        spdlog::debug("D-Bus: no answer to {}: {}", change.caller.name, failure.what());
    }
}

bool trusted(uid_t user)
{
    return user == 0 || user == geteuid();
}

} // namespace

Authority::Authority(sdbus::IConnection& connection)
    : driver_{sdbus::createProxy(connection, BusServiceName{driver_name},
                                 sdbus::ObjectPath{driver_path})},
      polkit_{sdbus::createProxy(connection, BusServiceName{polkit_name},
                                 sdbus::ObjectPath{polkit_path})}
{}

void Authority::decide(Change change)
{
    if (undecided_[change.caller.name] >= most_undecided) {
        refuse(change,
               bus_error(error_limits_exceeded, "too many calls of yours are undecided; allowed: " +
                                                    std::to_string(most_undecided)));
        return;
    }
    const auto pending = admit(std::move(change));
    find_user(pending, [this, pending](uid_t user) {
        if (trusted(user)) {
            carry_out(*pending, user);
        } else {
            ask_polkit(pending);
        }
    });
}

Authority::Pending Authority::admit(Change change)
{
    ++undecided_[change.caller.name];
    const auto admitted = std::make_shared<Change>(std::move(change));
    return {admitted.get(), [this, admitted](const Change*) {
                const auto calls = undecided_.find(admitted->caller.name);
                if (--calls->second == 0) {
                    undecided_.erase(calls);
                }
            }};
}

void Authority::find_user(const Pending& pending, std::function<void(uid_t)> found)
{
    driver_->callMethodAsync("GetConnectionUnixUser")
        .onInterface(driver_name)
        .withArguments(pending->caller.name)
        .uponReplyInvoke(
            [pending, found = std::move(found)](BusReplyError error, std::uint32_t user) {
                if (error) {
                    deny(*pending, "the bus does not know who you are (" +
                                       std::string{error->getMessage()} + ")");
                } else {
                    found(user);
                }
            });
}

void Authority::ask_polkit(const Pending& pending)
{
    const Subject subject{"system-bus-name", {{"name", sdbus::Variant{pending->caller.name}}}};
    polkit_->callMethodAsync("CheckAuthorization")
        .onInterface(polkit_interface)
        .withTimeout(polkit_patience)
        .withArguments(subject, pending->action, Details{},
                       pending->caller.interactive ? allow_user_interaction : 0U, std::string{})
        .uponReplyInvoke([this, pending](BusReplyError error, const Verdict& verdict) {
            if (error) {
                deny(*pending, "polkit does not answer (" + std::string{error->getMessage()} + ")");
            } else if (!std::get<0>(verdict)) {
                deny(*pending,
                     std::get<1>(verdict) ? "authentication is needed" : "not authorised");
            } else {
                // Nobody is left to answer for it when the caller has gone meanwhile.
                find_user(pending, [pending](uid_t user) { carry_out(*pending, user); });
            }
        });
}

} // namespace rs
