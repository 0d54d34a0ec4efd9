#pragma once
#include <sys/types.h>

#include <cstddef>
#include <span>

namespace rs::netlink {

// One datagram, as it came to a netlink socket.
struct Datagram {
    ssize_t length{};   // as of recvmsg(2): negative with errno
    bool from_kernel{}; // any process may send to our port
    bool whole{};       // neither cut off nor empty
};

[[nodiscard]] Datagram receive_datagram(int socket, std::span<std::byte> buffer, int flags);

} // namespace rs::netlink
