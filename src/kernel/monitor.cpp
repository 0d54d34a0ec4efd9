#include "kernel/monitor.hpp"

#include "kernel/failure.hpp"
#include "kernel/main_route.hpp"
#include "kernel/tags.hpp"

#include <linux/rtnetlink.h>

#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace rs {
namespace {

constexpr std::array<int, 8> groups{RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                                    RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_IPV4_RULE,
                                    RTNLGRP_IPV6_RULE,  RTNLGRP_IPV4_NETCONF};
// A storm that never ends must not keep the caller here: the descriptor stays readable.
constexpr int most_datagrams = 4096;
constexpr std::size_t buffer_size = std::size_t{32} << 10U;

bool any_hint(netlink::Bytes datagram, bool main_table)
{
    auto hint = false;
    while (const auto message = netlink::next_message(datagram)) {
        hint = is_hint(*message, main_table) || hint;
    }
    return hint;
}

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

bool is_hint(const netlink::Message& message, bool main_table)
{
    const auto type = message.header.nlmsg_type;
    if (type != RTM_NEWROUTE && type != RTM_DELROUTE) {
        return true; // nothing else was asked for that does not matter
    }
    const auto route = decode_route(message);
    return !route || route->protocol == tags::protocol || route->table == RT_TABLE_LOCAL ||
           (main_table && is_main_hint(*route));
}

Monitor::Monitor(LinuxKernel& kernel, int receive_buffer)
    : kernel_{&kernel},
      socket_{::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE)},
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

bool Monitor::drain_netlink()
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

Monitor::Received Monitor::receive()
{
    sockaddr_nl sender{};
    iovec piece{buffer_.data(), buffer_.size()};
    msghdr header{};
    header.msg_name = &sender;
    header.msg_namelen = sizeof sender;
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    const auto length = ::recvmsg(socket_.value(), &header, MSG_DONTWAIT);
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
    if (sender.nl_pid != 0) {
        return Received::indifferent; // any process may send to our port
    }
    const auto whole = length != 0 && (header.msg_flags & MSG_TRUNC) == 0;
    const auto bytes = netlink::Bytes{buffer_}.first(static_cast<std::size_t>(length));
    return !whole || any_hint(bytes, kernel_->looks_at_main_table()) ? Received::hint
                                                                     : Received::indifferent;
}

bool Monitor::drain_inotify()
{
    return kernel_->sysctl_files().drain();
}

} // namespace rs
