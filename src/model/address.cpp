#include "model/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace rs {
namespace {

int native(Family family)
{
    return family == Family::ipv4 ? AF_INET : AF_INET6;
}

Address masked(Address address, std::uint8_t length)
{
    for (std::size_t i = 0; i != address.bytes.size(); ++i) {
        const auto kept = std::clamp(static_cast<int>(length) - static_cast<int>(i) * 8, 0, 8);
        address.bytes.at(i) &= static_cast<std::uint8_t>(0xff00U >> static_cast<unsigned>(kept));
    }
    return address;
}

} // namespace

std::uint8_t width(Family family)
{
    return family == Family::ipv4 ? 32 : 128;
}

std::optional<Address> parse_address(std::string_view text)
{
    const std::string copy{text};
    if (copy.size() != text.size() || copy.find('\0') != std::string::npos) {
        return std::nullopt;
    }
    for (const auto family : {Family::ipv4, Family::ipv6}) {
        Address address{family, {}};
        if (inet_pton(native(family), copy.c_str(), address.bytes.data()) == 1) {
            return address;
        }
    }
    return std::nullopt;
}

std::string to_string(const Address& address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(native(address.family), address.bytes.data(), text.data(), text.size());
    return text.data();
}

std::optional<Prefix> parse_prefix(std::string_view text)
{
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    if (slash == std::string_view::npos) {
        return host_prefix(*address);
    }
    const auto digits = text.substr(slash + 1);
    std::uint8_t length{};
    const auto* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, length);
    if (error != std::errc{} || stop != end || length > width(address->family)) {
        return std::nullopt;
    }
    return Prefix{*address, length};
}

std::string to_string(const Prefix& prefix)
{
    auto text = to_string(prefix.address);
    return is_host(prefix) ? text : text + '/' + std::to_string(prefix.length);
}

Prefix host_prefix(const Address& address)
{
    return {address, width(address.family)};
}

bool is_host(const Prefix& prefix)
{
    return prefix.length == width(prefix.address.family);
}

Prefix network(const Prefix& prefix)
{
    return {masked(prefix.address, prefix.length), prefix.length};
}

bool contains(const Prefix& prefix, const Address& address)
{
    return prefix.address.family == address.family &&
           masked(prefix.address, prefix.length) == masked(address, prefix.length);
}

bool overlap(const Prefix& left, const Prefix& right)
{
    return left.length <= right.length ? contains(left, right.address)
                                       : contains(right, left.address);
}

} // namespace rs
