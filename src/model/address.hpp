#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rs {

enum class Family : std::uint8_t { ipv4, ipv6 };

// How many bits an address of `family` has: 32 or 128.
[[nodiscard]] std::uint8_t width(Family family);

// An IP address in network byte order; IPv4 uses the first four bytes, the rest stay zero.
struct Address {
    Family family{};
    std::array<std::uint8_t, 16> bytes{};
    auto operator<=>(const Address&) const = default;
};

// The numeric text form and nothing else: no name, port, zone or prefix length.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);
[[nodiscard]] std::string to_string(const Address& address);

// An address with a prefix length. Host bits are kept as given: an interface address has them,
// a route destination does not (see network()).
struct Prefix {
    Address address;
    std::uint8_t length{};
    auto operator<=>(const Prefix&) const = default;
};

// "ADDRESS" (a host: /32 or /128) or "ADDRESS/LENGTH".
[[nodiscard]] std::optional<Prefix> parse_prefix(std::string_view text);
// A host is written without its length, as `ip` does.
[[nodiscard]] std::string to_string(const Prefix& prefix);

[[nodiscard]] Prefix host_prefix(const Address& address);
[[nodiscard]] bool is_host(const Prefix& prefix);
[[nodiscard]] Prefix network(const Prefix& prefix); // the host bits cleared
[[nodiscard]] bool contains(const Prefix& prefix, const Address& address);
[[nodiscard]] bool overlap(const Prefix& left, const Prefix& right);

} // namespace rs
