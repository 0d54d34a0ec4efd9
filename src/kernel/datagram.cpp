#include "kernel/datagram.hpp"

#include <linux/netlink.h>

#include <sys/socket.h>

namespace rs::netlink {

Datagram receive_datagram(int socket, std::span<std::byte> buffer, int flags)
{
    sockaddr_nl sender{};
    iovec piece{buffer.data(), buffer.size()};
    msghdr header{};
    header.msg_name = &sender;
    header.msg_namelen = sizeof sender;
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    const auto length = ::recvmsg(socket, &header, flags);
    return {length, sender.nl_pid == 0, length > 0 && (header.msg_flags & MSG_TRUNC) == 0};
}

} // namespace rs::netlink
