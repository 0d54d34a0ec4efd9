#pragma once
#include "event/fd_store.hpp"
#include "event/loop.hpp"
#include "health/sockets.hpp"

#include <functional>
#include <map>
#include <set>

namespace rs {

enum class Dialect : std::uint8_t { http, agent_check };

struct Place {
    Dialect dialect{};
    Endpoint endpoint;
    auto operator<=>(const Place&) const = default;
};

// The listening sockets: bound where they are wanted and nowhere else, tried again every second
// where that does not work yet, and kept by the service manager while the daemon restarts, so that
// whoever asks meanwhile waits in their queues.
class Listeners {
public:
    using Arrived = std::function<void(Dialect, Arrival)>;

    // `arrived` is called for each connection, `pause` after some of them, when there is time to
    // serve those.
    Listeners(Loop& loop, FdStore& store, Arrived arrived, std::function<void()> pause);

    // The first call takes over what the last life of this service left, and closes the rest.
    void want(const std::set<Place>& places, const std::set<Address>& directors);
    // Connections wait until then.
    void open();
    // Connections wait again, for the next life of this service.
    void shut();
    [[nodiscard]] std::vector<std::string> problems() const;

private:
    struct Listener {
        ListeningPair sockets;
        WatchPtr directors;
        WatchPtr others;
    };

    void listen(const Place& place);
    [[nodiscard]] std::optional<ListeningPair> left_over(const Place& place);
    void note_problem(const Place& place, const std::string& problem);
    void add(const Place& place, ListeningPair sockets);
    void adopt();
    void steer_directors(const Place& place, const ListeningPair& sockets);
    void close_unwanted();
    void close_left_over();
    void try_again();
    void open(const Place& place, Listener& listener);
    [[nodiscard]] WatchPtr watch(const Place& place, int socket, std::int64_t priority);
    void accept_some(const Place& place, int socket);
    [[nodiscard]] std::optional<Arrival> next(const Place& place, int socket);
    void rest();
    void resume();

    Loop& loop_;
    FdStore& store_;
    Arrived arrived_;
    std::function<void()> pause_;
    std::set<Place> wanted_;
    std::set<Address> directors_;
    std::map<Place, Listener> listeners_;
    std::map<Place, std::string> problems_;
    std::optional<std::vector<StoredFd>> stored_; // none: not asked for yet
    bool open_{};
    WatchPtr retry_;
    WatchPtr rest_;
};

} // namespace rs
