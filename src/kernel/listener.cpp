#include "kernel/listener.hpp"

#include "kernel/datagram.hpp"
#include "kernel/failure.hpp"

#include <sys/socket.h>

namespace rs::netlink {
namespace {

// A storm that never ends must not keep the caller here: the descriptor stays readable.
constexpr int most_datagrams = 4096;
constexpr std::size_t buffer_size = std::size_t{32} << 10U;

void set_receive_buffer(int fd, int bytes)
{
    // Beyond net.core.rmem_max it takes CAP_NET_ADMIN.
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0 &&
        ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) != 0) {
        fail("monitor: setsockopt SO_RCVBUF");
    }
}

// Takes a port of its own: whoever has none (0) is taken for the kernel and told nothing.
void bind_to_port(int fd)
{
    sockaddr_nl any{};
    any.nl_family = AF_NETLINK;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): that is the socket API
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) {
        fail("monitor: bind");
    }
}

} // namespace

Listener::Listener(int protocol, std::span<const int> groups, int receive_buffer,
                   std::function<bool(const Message&)> is_hint)
    : socket_{::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol)},
      is_hint_{std::move(is_hint)},
      buffer_(buffer_size)
{
    if (!socket_) {
        fail("monitor: socket");
    }
    set_receive_buffer(socket_.value(), receive_buffer);
    bind_to_port(socket_.value());
    for (const auto group : groups) {
        if (::setsockopt(socket_.value(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
                         sizeof group) != 0) {
            fail("monitor: group " + std::to_string(group));
        }
    }
}

bool Listener::drain()
{
    auto hint = false;
    for (auto i = 0; i != most_datagrams; ++i) {
        const auto received = receive();
        if (received == Received::nothing) {
            break;
        }
        hint = hint || received == Received::hint;
    }
    return hint;
}

bool Listener::any_hint(Bytes datagram) const
{
    auto hint = false;
    while (const auto message = next_message(datagram)) {
        hint = is_hint_(*message) || hint;
    }
    return hint;
}

Listener::Received Listener::receive()
{
    const auto [length, from_kernel, whole] =
        receive_datagram(socket_.value(), buffer_, MSG_DONTWAIT);
    if (length < 0) {
        switch (errno) {
        case EAGAIN:
            return Received::nothing;
        case EINTR:
            return Received::indifferent;
        case ENOBUFS:
            return Received::hint; // some were lost
        default:
            fail("monitor: receive");
        }
    }
    if (!from_kernel) {
        return Received::indifferent;
    }
    const auto bytes = Bytes{buffer_}.first(static_cast<std::size_t>(length));
    return !whole || any_hint(bytes) ? Received::hint : Received::indifferent;
}

} // namespace rs::netlink
