#include "health/callers.hpp"
#include "support/catch.hpp"

namespace rs {
namespace {

Address address(const char* text)
{
    return parse_address(text).value();
}

Prefix prefix(const char* text)
{
    return parse_prefix(text).value();
}

const Address here = address("192.0.2.9");

std::vector<Role> roles()
{
    Role web;
    web.vips = {prefix("192.0.2.8"), prefix("2001:db8::8")};
    web.directors = {address("192.0.2.6"), address("2001:db8::6")};
    Role media;
    media.vips = {prefix("198.51.100.0/24"), prefix("198.51.100.7")};
    media.directors = {address("192.0.2.7")};
    return {web, media};
}

TEST_CASE("the directors of all roles may ask, and the host itself")
{
    const Callers callers{{AllowDirectors{}}, roles()};
    for (const auto* director : {"192.0.2.6", "192.0.2.7", "2001:db8::6"}) {
        CHECK(callers.classify(address(director), here) == Caller::director);
    }
    for (const auto* own : {"127.0.0.1", "127.9.9.9", "::1", "192.0.2.9"}) {
        CHECK(callers.classify(address(own), here) == Caller::guest);
    }
    for (const auto* other : {"192.0.2.5", "2001:db8::7", "::", "0.0.0.0", "::2"}) {
        CHECK(callers.classify(address(other), here) == Caller::stranger);
    }
}

TEST_CASE("prefixes and any make guests, and a director stays one")
{
    const Callers some{{prefix("192.0.2.0/29"), prefix("2001:db8::/64")}, roles()};
    CHECK(some.classify(address("192.0.2.5"), here) == Caller::guest);
    CHECK(some.classify(address("2001:db8::9"), here) == Caller::guest);
    CHECK(some.classify(address("192.0.2.8"), here) == Caller::stranger);
    CHECK(some.classify(address("192.0.2.6"), here) == Caller::director);
    const Callers any{{AllowAny{}}, roles()};
    CHECK(any.classify(address("203.0.113.1"), here) == Caller::guest);
    CHECK(any.classify(address("192.0.2.7"), here) == Caller::director);
}

TEST_CASE("a director that health.allow does not name is a stranger")
{
    const Callers callers{{prefix("192.0.2.7")}, roles()};
    CHECK(callers.classify(address("192.0.2.6"), here) == Caller::stranger);
    CHECK(callers.classify(address("192.0.2.7"), here) == Caller::director);
    CHECK(callers.directors() == std::set{address("192.0.2.7")});
    CHECK(Callers{{}, roles()}.classify(address("192.0.2.7"), here) == Caller::stranger);
}

TEST_CASE("every address of every VIP is one, and its neighbours are not")
{
    const Callers callers{{}, roles()};
    for (const auto* vip :
         {"192.0.2.8", "2001:db8::8", "198.51.100.0", "198.51.100.7", "198.51.100.255"}) {
        CHECK(callers.is_vip(address(vip)));
    }
    for (const auto* other : {"192.0.2.7", "192.0.2.9", "198.51.99.255", "198.51.101.0",
                              "2001:db8::9", "::", "255.255.255.255"}) {
        CHECK(!callers.is_vip(address(other)));
    }
}

TEST_CASE("an IPv4 address in IPv6 clothes is what it is")
{
    CHECK(unmapped(address("::ffff:192.0.2.6")) == address("192.0.2.6"));
    CHECK(unmapped(address("2001:db8::6")) == address("2001:db8::6"));
    CHECK(unmapped(address("192.0.2.6")) == address("192.0.2.6"));
}

} // namespace
} // namespace rs
