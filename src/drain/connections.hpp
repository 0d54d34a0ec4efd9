#pragma once
#include "model/role.hpp"

namespace rs {

// The connections of one role: TCP sockets of this host whose local address is in `vips` and whose
// local port is that of one of the TCP `services` (no services: any port).
struct ConnectionFilter {
    std::vector<Prefix> vips;
    std::vector<Service> services;
    auto operator<=>(const ConnectionFilter&) const = default;
};

// The established (and half-open, half-closed) connections the kernel holds.
class Connections {
public:
    Connections() = default;
    Connections(const Connections&) = delete;
    Connections& operator=(const Connections&) = delete;
    virtual ~Connections() = default;

    // Throws std::system_error.
    [[nodiscard]] virtual std::uint32_t count(const ConnectionFilter& filter) = 0;
    // Closes them with a reset and returns how many; the ends are told. Throws std::system_error:
    // EOPNOTSUPP where the kernel lacks SOCK_DESTROY (CONFIG_INET_DIAG_DESTROY).
    virtual std::uint32_t reset(const ConnectionFilter& filter) = 0;
};

} // namespace rs
