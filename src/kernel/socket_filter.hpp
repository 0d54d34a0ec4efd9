#pragma once
#include "drain/connections.hpp"

#include <cstddef>
#include <vector>

namespace rs {

// A ConnectionFilter made ready to match many sockets.
class SocketFilter {
public:
    explicit SocketFilter(const ConnectionFilter& filter);

    // No TCP socket can match: there is no VIP, or there are services and none is TCP.
    [[nodiscard]] bool matches_nothing() const { return nothing_; }

    // Whether sockets of the family can match; IPv6 sockets may have v4-mapped addresses.
    [[nodiscard]] bool wants(Family family) const;

    // Whether a socket's local end is one of ours; a v4-mapped address counts as IPv4.
    [[nodiscard]] bool matches(const Address& local, Port port) const;

    // The program that the kernel runs on each socket of a dump (INET_DIAG_REQ_BYTECODE,
    // net/ipv4/inet_diag.c): true for every socket that matches, and for few others, so that
    // matches() has to look again. Empty: true for all.
    [[nodiscard]] std::vector<std::byte> program() const;

private:
    bool nothing_;
    std::vector<Prefix> vips_;
    std::vector<Port> ports_;      // sorted; empty: any
    std::vector<Address> hosts_;   // the VIPs that are hosts, sorted
    std::vector<Prefix> prefixes_; // the others
};

} // namespace rs
