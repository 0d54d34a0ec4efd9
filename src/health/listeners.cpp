#include "health/listeners.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <system_error>

namespace rs {
namespace {

using namespace std::chrono_literals;

constexpr auto retry_after = 1s;
// Without descriptors or memory: somebody has to give some back first.
constexpr auto rest_after = 100ms;
// As many as an address may have at a time, so that a burst of one is served and not refused.
constexpr int batch = 16;

constexpr auto directors_first = behind_the_kernel - 1;

enum class Whose : std::uint8_t { directors, others };

std::string_view key_of(Dialect dialect)
{
    return dialect == Dialect::http ? "health.listen" : "agent_check.listen";
}

std::string text_of(const Place& place)
{
    return std::string{key_of(place.dialect)} + ' ' + to_string(place.endpoint);
}

// What the service manager calls the socket: one name for one socket.
std::string name_of(const Place& place, Whose whose)
{
    auto name = text_of(place);
    std::ranges::replace(name, ' ', '@');
    std::ranges::replace(name, ':', '_'); // may not be in a name
    return name + (whose == Whose::directors ? "@directors" : "@others");
}

// A host without IPv6 has nobody who could come by it.
bool never_reachable(const Place& place, const std::error_code& error)
{
    return error.value() == EAFNOSUPPORT && is_any(place.endpoint.address);
}

} // namespace

Listeners::Listeners(Loop& loop, Arrived arrived, std::function<void()> pause)
    : loop_{loop},
      arrived_{std::move(arrived)},
      pause_{std::move(pause)},
      retry_{loop.timer([this] { try_again(); })},
      rest_{loop.timer([this] { resume(); })}
{}

void Listeners::want(const std::set<Place>& places, const std::set<Address>& directors)
{
    if (!stored_) {
        stored_ = take_stored_fds();
    }
    wanted_ = places;
    directors_ = directors;
    close_unwanted(places);
    for (auto& [place, listener] : listeners_) {
        steers_ = steer(listener.sockets, place.endpoint.address.family, directors_) && steers_;
    }
    try_again();
    for (const auto& left : std::exchange(*stored_, {})) {
        spdlog::info("closing the stored socket {}: nothing wants it", left.name);
        remove_stored_fds(left.name);
    }
    if (!steers_) {
        spdlog::warn("the kernel does not steer directors to a queue of their own");
    }
}

void Listeners::close_unwanted(const std::set<Place>& places)
{
    std::erase_if(problems_, [&](const auto& each) { return !places.contains(each.first); });
    std::erase_if(listeners_, [&](const auto& each) {
        if (places.contains(each.first)) {
            return false;
        }
        remove_stored_fds(name_of(each.first, Whose::directors));
        remove_stored_fds(name_of(each.first, Whose::others));
        return true;
    });
}

void Listeners::try_again()
{
    bool all = true;
    for (const auto& place : wanted_) {
        if (listeners_.contains(place)) {
            continue;
        }
        try {
            listen(place);
        } catch (const std::system_error& error) {
            all = false;
            note_problem(place, never_reachable(place, error.code()) ? "" : error.what());
        }
    }
    if (!all) {
        retry_->arm(Clock::now() + retry_after);
    }
}

void Listeners::listen(const Place& place)
{
    Listener listener;
    if (auto left = left_over(place)) {
        listener.sockets = std::move(*left);
    } else {
        listener.sockets = listen_at(place.endpoint);
        store_fd(name_of(place, Whose::directors), listener.sockets.directors.value());
        store_fd(name_of(place, Whose::others), listener.sockets.others.value());
    }
    steers_ = steer(listener.sockets, place.endpoint.address.family, directors_) && steers_;
    note_problem(place, "");
    auto& added = listeners_[place] = std::move(listener);
    if (open_) {
        open(place, added);
    }
}

std::optional<ListeningPair> Listeners::left_over(const Place& place)
{
    const auto take = [&](Whose whose) {
        const auto found = std::ranges::find(*stored_, name_of(place, whose), &StoredFd::name);
        if (found == stored_->end() || listening_at(found->fd.value()) != place.endpoint) {
            return UniqueFd{};
        }
        auto fd = std::move(found->fd);
        stored_->erase(found);
        return fd;
    };
    ListeningPair pair{take(Whose::directors), take(Whose::others)};
    if (pair.directors && pair.others) {
        return pair;
    }
    // One alone cannot be half of a pair again. Nor may it stay: it would take connections.
    remove_stored_fds(name_of(place, Whose::directors));
    remove_stored_fds(name_of(place, Whose::others));
    std::erase_if(*stored_, [&](const StoredFd& each) {
        return each.name == name_of(place, Whose::directors) ||
               each.name == name_of(place, Whose::others);
    });
    return std::nullopt;
}

// Said once when it changes. An empty text: none any more.
void Listeners::note_problem(const Place& place, const std::string& problem)
{
    auto& noted = problems_[place];
    if (problem == noted) {
        return;
    }
    noted = problem;
    if (problem.empty()) {
        spdlog::info("{}: listening", text_of(place));
    } else {
        spdlog::error("{}: {}; trying again every second", text_of(place), problem);
    }
}

std::vector<std::string> Listeners::problems() const
{
    std::vector<std::string> texts;
    for (const auto& [place, problem] : problems_) {
        if (!problem.empty()) {
            texts.push_back(text_of(place) + ": " + problem + "; trying again every second");
        }
    }
    return texts;
}

void Listeners::open()
{
    open_ = true;
    for (auto& [place, listener] : listeners_) {
        open(place, listener);
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
