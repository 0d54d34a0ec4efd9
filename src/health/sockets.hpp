#pragma once
#include "model/role.hpp"
#include "util/unique_fd.hpp"

#include <sys/socket.h>

#include <optional>
#include <set>

// TCP sockets as the health endpoints need them, all of them non-blocking. Each function throws
// std::system_error unless it says otherwise.
namespace rs {

// Two sockets listen at every endpoint, one for the directors and one for everybody else: each has
// its own queue in the kernel, so that a flood of others' connections never fills the directors'.
struct ListeningPair {
    UniqueFd directors;
    UniqueFd others;
};

// At this very address: EADDRNOTAVAIL when the host does not have it (yet).
[[nodiscard]] ListeningPair listen_at(const Endpoint& endpoint);

// Connections from `directors` come to the first socket of the pair from now on. False where the
// kernel cannot: then they come to either, and share the queue with others.
[[nodiscard]] bool steer(const ListeningPair& pair, Family family,
                         const std::set<Address>& directors);

// Where a listening TCP socket is bound; none if `fd` is something else.
[[nodiscard]] std::optional<Endpoint> listening_at(int fd);

struct Arrival {
    UniqueFd socket;
    sockaddr_storage peer{};
    socklen_t peer_size{};
    Address remote; // unmapped
    Address local;  // the address that was asked; for the caller to fill in
};

// The next connection in the queue of a listening socket; none when it is empty.
[[nodiscard]] std::optional<Arrival> accept_from(int listener);

// The address that was asked. Any address where it cannot be told: the peer is gone already.
[[nodiscard]] Address local_address(int connection);

[[nodiscard]] bool is_any(const Address& address);

} // namespace rs
