#include "health/listeners.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace rs {
namespace {

using namespace std::chrono_literals;

constexpr auto retry_after = 1s;

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

Listeners::Listeners(Loop& loop, FdStore& store, Arrived arrived, std::function<void()> pause)
    : loop_{loop},
      store_{store},
      arrived_{std::move(arrived)},
      pause_{std::move(pause)},
      retry_{loop.timer([this] { try_again(); })},
      rest_{loop.timer([this] { resume(); })}
{}

void Listeners::want(const std::set<Place>& places, const std::set<Address>& directors)
{
    if (!stored_) {
        stored_ = store_.take();
    }
    wanted_ = places;
    directors_ = directors;
    close_unwanted();
    adopt();
    close_left_over(); // before others are bound: it would be a third one of its address
    for (const auto& [place, listener] : listeners_) {
        steer_directors(place, listener.sockets); // of whom there may be others now
    }
    try_again();
}

// Whoever waits in the queue of a socket that nobody wants any more waits for nothing.
void Listeners::close_left_over()
{
    for (const auto& left : std::exchange(*stored_, {})) {
        if (left.fd) {
            spdlog::info("closing the stored socket {}: nothing wants it", left.name);
            store_.remove(left.name);
        }
    }
}

void Listeners::close_unwanted()
{
    std::erase_if(problems_, [&](const auto& each) { return !wanted_.contains(each.first); });
    std::erase_if(listeners_, [&](const auto& each) {
        if (wanted_.contains(each.first)) {
            return false;
        }
        store_.remove(name_of(each.first, Whose::directors));
        store_.remove(name_of(each.first, Whose::others));
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
    auto sockets = listen_at(place.endpoint);
    store_.store(name_of(place, Whose::directors), sockets.directors.value());
    store_.store(name_of(place, Whose::others), sockets.others.value());
    add(place, std::move(sockets));
    note_problem(place, "");
}

void Listeners::steer_directors(const Place& place, const ListeningPair& sockets)
{
    if (!steer(sockets, place.endpoint.address.family, directors_)) {
        spdlog::warn("{}: the kernel gives directors no queue of their own: {}", text_of(place),
                     std::generic_category().message(errno));
    }
}

void Listeners::add(const Place& place, ListeningPair sockets)
{
    steer_directors(place, sockets);
    auto& listener = listeners_[place];
    listener.sockets = std::move(sockets);
    if (open_) {
        open(place, listener);
    }
}

void Listeners::adopt()
{
    for (const auto& place : wanted_) {
        if (auto sockets = left_over(place)) {
            spdlog::info("{}: taken over from the daemon before", text_of(place));
            add(place, std::move(*sockets));
        }
    }
}

std::optional<ListeningPair> Listeners::left_over(const Place& place)
{
    const auto find = [&](Whose whose) {
        return std::ranges::find_if(*stored_, [&](const StoredFd& each) {
            return each.fd && each.name == name_of(place, whose) &&
                   listening_at(each.fd.value()) == place.endpoint;
        });
    };
    const auto directors = find(Whose::directors);
    const auto others = find(Whose::others);
    if (directors == stored_->end() || others == stored_->end()) {
        return std::nullopt; // one alone cannot be half of a pair again
    }
    return ListeningPair{std::move(directors->fd), std::move(others->fd)};
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

} // namespace rs
