#include "config/values.hpp"

#include <net/if.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace rs {
namespace {

using std::chrono::microseconds;

struct Unit {
    std::string_view name;
    microseconds length;
};

// The first of a length is the one we write.
constexpr std::array units{
    Unit{"d", std::chrono::days{1}},          Unit{"h", std::chrono::hours{1}},
    Unit{"m", std::chrono::minutes{1}},       Unit{"s", std::chrono::seconds{1}},
    Unit{"ms", std::chrono::milliseconds{1}}, Unit{"us", microseconds{1}},
    Unit{"hr", std::chrono::hours{1}},        Unit{"min", std::chrono::minutes{1}},
    Unit{"sec", std::chrono::seconds{1}},     Unit{"w", std::chrono::weeks{1}},
};
constexpr microseconds longest_time = std::chrono::years{100};

void skip_spaces(std::string_view& text)
{
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
}

std::optional<std::int64_t> take_number(std::string_view& text)
{
    std::int64_t number{};
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || text.front() == '-') {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    return number;
}

std::optional<microseconds> take_unit(std::string_view& text)
{
    const auto name = text.substr(0, text.find_first_of(" 0123456789"));
    const auto* const unit = std::ranges::find(units, name, &Unit::name);
    if (unit == units.end()) {
        return std::nullopt;
    }
    text.remove_prefix(name.size());
    return unit->length;
}

} // namespace

std::optional<microseconds> parse_duration(std::string_view text)
{
    if (text == "0") {
        return microseconds{0};
    }
    microseconds total{0};
    do {
        const auto number = take_number(text);
        skip_spaces(text);
        const auto unit = take_unit(text);
        if (!number || !unit || *number > (longest_time - total) / *unit) {
            return std::nullopt;
        }
        total += *number * *unit;
        skip_spaces(text);
    } while (!text.empty());
    return total;
}

std::string to_string(microseconds duration)
{
    std::string text;
    for (const auto& unit : units) {
        if (const auto count = duration / unit.length; count > 0) {
            text += std::to_string(count).append(unit.name);
            duration -= count * unit.length;
        }
    }
    return text.empty() ? "0" : text;
}

std::optional<Port> parse_port(std::string_view text)
{
    Port port{};
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc{} || stop != end || text.front() == '0') {
        return std::nullopt;
    }
    return port;
}

std::optional<Service> parse_service(std::string_view text)
{
    const auto slash = std::min(text.find('/'), text.size());
    const auto port = parse_port(text.substr(0, slash));
    const auto protocol = text.substr(slash);
    if (!port || (protocol != "/tcp" && protocol != "/udp")) {
        return std::nullopt;
    }
    return Service{*port, protocol == "/tcp" ? Protocol::tcp : Protocol::udp};
}

std::optional<Endpoint> parse_endpoint(std::string_view text)
{
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    auto host = text.substr(0, colon);
    const bool brackets = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
    if (brackets) {
        host = host.substr(1, host.size() - 2);
    }
    const auto address = parse_address(host);
    const auto port = parse_port(text.substr(colon + 1));
    if (!address || !port || brackets != (address->family == Family::ipv6)) {
        return std::nullopt;
    }
    return Endpoint{*address, *port};
}

bool is_device_name(std::string_view name)
{
    const auto refused = [](char byte) {
        const auto code = static_cast<unsigned char>(byte);
        return code <= ' ' || code == 0x7f || code == 0xa0 || byte == '/' || byte == ':';
    };
    constexpr std::array<std::string_view, 4> taken{".", "..", "all", "default"};
    return !name.empty() && name.size() < IFNAMSIZ && std::ranges::none_of(name, refused) &&
           std::ranges::find(taken, name) == taken.end();
}

} // namespace rs
