#pragma once
#include "drain/connections.hpp"
#include "kernel/netlink_socket.hpp"

#include <linux/inet_diag.h>

namespace rs {

// One TCP socket as the kernel reports it (struct inet_diag_msg).
struct SocketRecord {
    Family family{};
    std::uint8_t state{};  // TCP_*
    inet_diag_sockid id{}; // all that names it, with the kernel's cookie
    [[nodiscard]] Address local() const;
    [[nodiscard]] Port port() const; // the local one
};

[[nodiscard]] std::optional<SocketRecord> decode_socket(const netlink::Message& message);

class SocketFilter;

// Counts and closes TCP connections through NETLINK_SOCK_DIAG; the kernel filters them.
class SockDiag : public Connections {
public:
    [[nodiscard]] std::uint32_t count(const ConnectionFilter& filter) override;
    std::uint32_t reset(const ConnectionFilter& filter) override;

private:
    // The sockets that match, as far as `keep` wants to know.
    template <typename T>
    [[nodiscard]] std::vector<T> matching(const SocketFilter& filter,
                                          T (*keep)(const SocketRecord&));

    netlink::Socket socket_{NETLINK_SOCK_DIAG};
};

} // namespace rs
