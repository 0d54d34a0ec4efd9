#include "config/load.hpp"
#include "config/values.hpp"
#include "support/catch.hpp"

namespace rs {

using namespace std::chrono_literals;

TEST_CASE("durations are written as systemd writes them")
{
    CHECK(parse_duration("0") == 0us);
    CHECK(parse_duration("0s") == 0us);
    CHECK(parse_duration("5m") == 5min);
    CHECK(parse_duration("5min") == 5min);
    CHECK(parse_duration("30s") == 30s);
    CHECK(parse_duration("30 s") == 30s);
    CHECK(parse_duration("500ms") == 500ms);
    CHECK(parse_duration("7us") == 7us);
    CHECK(parse_duration("1h30m") == 90min);
    CHECK(parse_duration("1h 30m") == 90min);
    CHECK(parse_duration("2d") == 48h);
    CHECK(parse_duration("1w") == 168h);
}

TEST_CASE("what is no duration is refused")
{
    for (const auto* const text :
         {"", " ", "5", "m", "-5m", "+5m", "5 minutes", "1.5s", "5M", "5m30", "m5", " 5m", "0x5m",
          "5m\n", "infinity", "99999999999999999999s", "9223372036854775807us", "200000w",
          "3000000000d 3000000000d"}) {
        INFO(text);
        CHECK_FALSE(parse_duration(text));
    }
    CHECK_FALSE(parse_duration(std::string_view{"5m\0", 3}));
}

TEST_CASE("a duration that is printed is read again as the same")
{
    for (const auto duration : {0us, 1us, 999us, 1000us, 1'500'000us, 3'600'000'000us,
                                86'400'000'001us, 31'536'000'000'000us}) {
        INFO(to_string(duration));
        CHECK(parse_duration(to_string(duration)) == duration);
    }
    CHECK(to_string(90min) == "1h30m");
}

TEST_CASE("services are a port and a protocol")
{
    CHECK(parse_service("80/tcp") == Service{80, Protocol::tcp});
    CHECK(parse_service("65535/udp") == Service{65535, Protocol::udp});
    for (const auto* const text :
         {"", "/", "80", "80/", "/tcp", "080/tcp", "0/tcp", "65536/tcp", "-1/tcp", "80/TCP",
          "80/tcp ", "80/tcp/udp", "99999999999/tcp"}) {
        INFO(text);
        CHECK_FALSE(parse_service(text));
    }
}

TEST_CASE("endpoints are an address and a port, IPv6 in brackets")
{
    CHECK(parse_endpoint("0.0.0.0:9180") == Endpoint{parse_address("0.0.0.0").value(), 9180});
    CHECK(parse_endpoint("[::]:1") == Endpoint{parse_address("::").value(), 1});
    for (const auto* const text :
         {"", ":", ":80", "192.0.2.9", "192.0.2.9:", "[192.0.2.9]:80", "::80", "[::]", "[::]80",
          "[]:80", "2001:db8::9:80", "localhost:80"}) {
        INFO(text);
        CHECK_FALSE(parse_endpoint(text));
    }
}

TEST_CASE("device names are those that the kernel accepts, and no path", "[fault-49]")
{
    for (const auto* const name : {"lo", "eth0", "bond0.100", "br-1234567890ab", "a", "...", "é"}) {
        INFO(name);
        CHECK(is_device_name(name));
    }
    for (const auto* const name : {"", ".", "..", "a/b", "../all", "eth0:1", "eth 0", "eth\n0",
                                   "eth\t0", "abcdefghijklmnop", "all", "default", "\x7f"}) {
        INFO(name);
        CHECK_FALSE(is_device_name(name));
    }
    CHECK_FALSE(is_device_name(std::string_view{"eth\0", 4}));
}

TEST_CASE("roles are called by what is safe in paths, labels and on the bus")
{
    CHECK(role_name("/etc/realserverd/conf.d/web-1.toml") == "web-1");
    CHECK(role_name("web.toml") == "web");
    CHECK(is_role_name("web-1"));
    CHECK(is_role_name(std::string(32, 'a')));
    for (const auto& name : {std::string{}, std::string(33, 'a'), std::string{"Web"},
                             std::string{"a_b"}, std::string{"a.b"}, std::string{"a b"}}) {
        INFO(name);
        CHECK_FALSE(is_role_name(name));
    }
}

} // namespace rs
