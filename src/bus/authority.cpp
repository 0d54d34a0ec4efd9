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
// As long as somebody may need to type a password, and less than most callers wait where nobody is
// asked for one.
constexpr std::chrono::seconds patience_with_person{120};
constexpr std::chrono::seconds patience_with_polkit{10};
constexpr unsigned most_undecided = 16; // of a connection, and of a user however many he has

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

void refuse_too_many(const Change& change) noexcept
{
    refuse(change,
           bus_error(error_limits_exceeded, "too many calls of yours are undecided; allowed: " +
                                                std::to_string(most_undecided)));
}

void answer(const Change& change, const std::exception_ptr& outcome) noexcept
{
    try {
        if (outcome) {
            std::rethrow_exception(outcome);
        }
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

bool trusted(const BusPeer& peer)
{
    return peer.user == 0 || peer.user == geteuid();
}

using Credentials = std::map<std::string, sdbus::Variant>;

std::optional<std::uint32_t> number(const Credentials& credentials, const char* name)
{
    const auto found = credentials.find(name);
    return found != credentials.end() && found->second.containsValueOfType<std::uint32_t>()
               ? std::optional{found->second.get<std::uint32_t>()}
               : std::nullopt;
}

} // namespace

Authority::Authority(sdbus::IConnection& connection, Control& control)
    : control_{control},
      driver_{sdbus::createProxy(connection, BusServiceName{driver_name},
                                 sdbus::ObjectPath{driver_path})},
      polkit_{sdbus::createProxy(connection, BusServiceName{polkit_name},
                                 sdbus::ObjectPath{polkit_path})},
      undecided_{most_undecided},
      asked_{most_undecided}
{}

void Authority::decide(Change change)
{
    auto place = undecided_.take(change.caller.name);
    if (!place) {
        refuse_too_many(change);
        return;
    }
    const auto pending = std::make_shared<Change>(std::move(change));
    find_peer(pending, [this, pending, place](const BusPeer& peer) {
        if (trusted(peer)) {
            carry_out(pending, peer, place);
        } else {
            ask_polkit(pending, peer, place);
        }
    });
}

void Authority::find_peer(const Pending& pending, std::function<void(const BusPeer&)> found)
{
    driver_->callMethodAsync("GetConnectionCredentials")
        .onInterface(driver_name)
        .withArguments(pending->caller.name)
        .uponReplyInvoke([pending, found = std::move(found)](BusReplyError error,
                                                             const Credentials& credentials) {
            const auto user = number(credentials, "UnixUserID");
            if (error || !user) {
                deny(*pending, "the bus does not know who you are (" +
                                   (error ? std::string{error->getMessage()} : "no user") + ")");
            } else {
                found({*user, number(credentials, "ProcessID").value_or(0)});
            }
        });
}

void Authority::ask_polkit(const Pending& pending, const BusPeer& peer, const Place& place)
{
    // A connection is quickly made anew: polkit's patience is not for each of them.
    const auto of_user = asked_.take(peer.user);
    if (!of_user) {
        refuse_too_many(*pending);
        return;
    }
    const Subject subject{"system-bus-name", {{"name", sdbus::Variant{pending->caller.name}}}};
    const auto interactive = pending->caller.interactive;
    polkit_->callMethodAsync("CheckAuthorization")
        .onInterface(polkit_interface)
        .withTimeout(interactive ? patience_with_person : patience_with_polkit)
        .withArguments(subject, pending->action, Details{},
                       interactive ? allow_user_interaction : 0U, std::string{})
        .uponReplyInvoke([this, pending, place, of_user](BusReplyError error,
                                                         const Verdict& verdict) {
            if (error) {
                deny(*pending, "polkit does not answer (" + std::string{error->getMessage()} + ")");
            } else if (!std::get<0>(verdict)) {
                deny(*pending,
                     std::get<1>(verdict) ? "authentication is needed" : "not authorised");
            } else {
                // Nobody is left to answer for it when the caller has gone meanwhile.
                find_peer(pending, [this, pending, place](const BusPeer& found) {
                    carry_out(pending, found, place);
                });
            }
        });
}

void Authority::carry_out(const Pending& pending, const BusPeer& peer, const Place& place) noexcept
{
    try {
        spdlog::info("D-Bus: {} for user {}, process {}", pending->action, peer.user, peer.process);
        pending->apply();
        await_outcome(pending, place);
    } catch (const std::exception& error) {
        refuse(*pending, bus_error(error));
    }
}

void Authority::await_outcome(const Pending& pending, const Place& place)
{
    under_way_.emplace(pending, place);
    control_.when_done([this, weak = std::weak_ptr{pending}](const std::exception_ptr& outcome) {
        if (const auto change = weak.lock()) {
            under_way_.erase(change);
            answer(*change, outcome);
        }
    });
}

} // namespace rs
