#include "health/sockets.hpp"

#include "health/callers.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace rs {
namespace {

// As many connections as can wait while the daemon restarts, or come at the same moment: dozens of
// checks of a few directors. No more, because what waits looks like a passed TCP check.
constexpr int backlog = 128;
// The kernel's own end for answers that nobody takes, after we have let go of the connection.
constexpr unsigned user_timeout_ms = 5000;

[[noreturn]] void fail(const char* operation)
{
    throw std::system_error(errno, std::generic_category(), operation);
}

void set_option(int socket, int level, int option, int value, const char* name)
{
    if (::setsockopt(socket, level, option, &value, sizeof value) != 0) {
        fail(name);
    }
}

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_storage);

    sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); } // NOLINT: the sockets API
};

// memcpy: what the sockets API wants to be cast is not aliased here.
template <typename Specific>
Specific as(const sockaddr_storage& storage)
{
    Specific specific{};
    std::memcpy(&specific, &storage, sizeof specific);
    return specific;
}

SocketAddress to_socket_address(const Endpoint& endpoint)
{
    SocketAddress result;
    if (endpoint.address.family == Family::ipv4) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(endpoint.port);
        std::memcpy(&address.sin_addr, endpoint.address.bytes.data(), sizeof address.sin_addr);
        std::memcpy(&result.storage, &address, sizeof address);
        result.size = sizeof address;
    } else {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(endpoint.port);
        std::memcpy(&address.sin6_addr, endpoint.address.bytes.data(), sizeof address.sin6_addr);
        std::memcpy(&result.storage, &address, sizeof address);
        result.size = sizeof address;
    }
    return result;
}

std::optional<Endpoint> to_endpoint(const sockaddr_storage& storage)
{
    Endpoint endpoint;
    if (storage.ss_family == AF_INET) {
        const auto address = as<sockaddr_in>(storage);
        std::memcpy(endpoint.address.bytes.data(), &address.sin_addr, sizeof address.sin_addr);
        endpoint.port = ntohs(address.sin_port);
        return endpoint;
    }
    if (storage.ss_family == AF_INET6) {
        const auto address = as<sockaddr_in6>(storage);
        endpoint.address.family = Family::ipv6;
        std::memcpy(endpoint.address.bytes.data(), &address.sin6_addr, sizeof address.sin6_addr);
        endpoint.port = ntohs(address.sin6_port);
        return endpoint;
    }
    return std::nullopt;
}

UniqueFd bound_to(const Endpoint& endpoint)
{
    const bool ipv6 = endpoint.address.family == Family::ipv6;
    UniqueFd socket{
        ::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket) {
        fail("socket");
    }
    set_option(socket.value(), SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
    set_option(socket.value(), SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT"); // for the pair
    set_option(socket.value(), IPPROTO_TCP, TCP_USER_TIMEOUT, user_timeout_ms, "TCP_USER_TIMEOUT");
    if (ipv6) {
        set_option(socket.value(), IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY");
    }
    auto address = to_socket_address(endpoint);
    if (::bind(socket.value(), address.raw(), address.size) != 0) {
        fail("bind");
    }
    return socket;
}

bool is_gone(int error)
{
    // accept(2): what is left of a connection that has failed meanwhile is passed on like this.
    constexpr std::array gone{ECONNABORTED, EINTR,        EPROTO,      ENOPROTOOPT, EHOSTDOWN,
                              EHOSTUNREACH, ENETDOWN,     ENETUNREACH, EOPNOTSUPP,  ENONET,
                              ETIMEDOUT,    ECONNREFUSED, EPERM};
    return std::ranges::find(gone, error) != gone.end();
}

} // namespace

ListeningPair listen_at(const Endpoint& endpoint)
{
    ListeningPair pair{bound_to(endpoint), bound_to(endpoint)};
    // In this order: the kernel counts the sockets of one address as they begin to listen.
    for (const auto* socket : {&pair.directors, &pair.others}) {
        if (::listen(socket->value(), backlog) != 0) {
            fail("listen");
        }
    }
    return pair;
}

std::optional<Endpoint> listening_at(int fd)
{
    int listening{};
    socklen_t size = sizeof listening;
    SocketAddress address;
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0 ||
        ::getsockname(fd, address.raw(), &address.size) != 0) {
        return std::nullopt;
    }
    return to_endpoint(address.storage);
}

std::optional<Arrival> accept_from(int listener)
{
    for (;;) {
        SocketAddress peer;
        UniqueFd socket{::accept4(listener, peer.raw(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (socket) {
            const auto remote = to_endpoint(peer.storage);
            return Arrival{std::move(socket),
                           peer.storage,
                           peer.size,
                           remote ? unmapped(remote->address) : Address{},
                           {}};
        }
        if (errno == EAGAIN) {
            return std::nullopt;
        }
        if (!is_gone(errno)) {
            fail("accept");
        }
    }
}

Address local_address(int connection)
{
    SocketAddress address;
    if (::getsockname(connection, address.raw(), &address.size) != 0) {
        return {};
    }
    const auto local = to_endpoint(address.storage);
    return local ? unmapped(local->address) : Address{};
}

bool is_any(const Address& address)
{
    return address.bytes == Address{}.bytes;
}

} // namespace rs
