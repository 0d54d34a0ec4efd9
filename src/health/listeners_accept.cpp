#include "health/listeners.hpp"

#include <system_error>
#include <utility>

// The listening sockets once they are open: taking in who has come.
namespace rs {
namespace {

using namespace std::chrono_literals;

// Without descriptors or memory: somebody has to give some back first.
constexpr auto rest_after = 100ms;
// As many as an address may have at a time, so that a burst of one is served and not refused.
constexpr int batch = 16;

constexpr auto directors_first = behind_the_kernel - 1;

} // namespace

void Listeners::open()
{
    open_ = true;
    for (auto& [place, listener] : listeners_) {
        open(place, listener);
    }
}

void Listeners::shut()
{
    if (std::exchange(open_, false)) {
        rest();
        rest_->disarm();
    }
}

void Listeners::open(const Place& place, Listener& listener)
{
    listener.directors = watch(place, listener.sockets.directors.value(), directors_first);
    listener.others = watch(place, listener.sockets.others.value(), behind_the_kernel);
}

WatchPtr Listeners::watch(const Place& place, int socket, std::int64_t priority)
{
    auto watch = loop_.on_readable(socket, [this, place, socket] { accept_some(place, socket); });
    watch->prioritize(priority);
    return watch;
}

void Listeners::accept_some(const Place& place, int socket)
{
    for (int i = 0; i != batch; ++i) {
        auto arrival = next(place, socket);
        if (!arrival) {
            break;
        }
        arrived_(place.dialect, std::move(*arrival));
    }
    pause_();
}

std::optional<Arrival> Listeners::next(const Place& place, int socket)
{
    try {
        auto arrival = accept_from(socket);
        if (arrival) {
            const auto& bound = place.endpoint.address;
            arrival->local = is_any(bound) ? local_address(arrival->socket.value()) : bound;
        }
        return arrival;
    } catch (const std::system_error&) {
        rest();
        return std::nullopt;
    }
}

void Listeners::rest()
{
    for (auto& [place, listener] : listeners_) {
        listener.directors->disarm();
        listener.others->disarm();
    }
    rest_->arm(Clock::now() + rest_after);
}

void Listeners::resume()
{
    for (auto& [place, listener] : listeners_) {
        listener.directors->resume();
        listener.others->resume();
    }
}

} // namespace rs
