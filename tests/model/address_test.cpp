#include "model/address.hpp"
#include "support/catch.hpp"

using namespace rs;

TEST_CASE("an address is its numeric text and nothing else")
{
    CHECK(to_string(*parse_address("192.0.2.8")) == "192.0.2.8");
    CHECK(to_string(*parse_address("2001:DB8:0::8")) == "2001:db8::8");
    for (const auto* text : {"", "192.0.2", "192.0.2.8 ", "192.0.2.8/32", "fe80::1%eth0", "[::1]",
                             "192.0.2.256", "0x7f.1", "host"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_address(text));
    }
}

TEST_CASE("a prefix without a length is a host, and is written as it was read")
{
    for (const auto* text : {"192.0.2.8", "192.0.2.0/24", "2001:db8::/64", "::/0", "::1"}) {
        CHECK(to_string(*parse_prefix(text)) == text);
    }
    CHECK(is_host(*parse_prefix("192.0.2.8/32")));
    CHECK(to_string(*parse_prefix("2001:db8::8/128")) == "2001:db8::8");
    for (const auto* text : {"192.0.2.8/", "192.0.2.8/33", "192.0.2.8/-1", "192.0.2.8/8x",
                             "2001:db8::/129", "/24", "192.0.2.8/24/24"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_prefix(text));
    }
}

TEST_CASE("a network has its host bits cleared at any length")
{
    CHECK(to_string(network(*parse_prefix("192.0.2.255/28"))) == "192.0.2.240/28");
    CHECK(to_string(network(*parse_prefix("192.0.2.255/0"))) == "0.0.0.0/0");
    CHECK(to_string(network(*parse_prefix("2001:db8:ffff::1/35"))) == "2001:db8:e000::/35");
}

TEST_CASE("a prefix contains its addresses, of its own family only")
{
    CHECK(contains(*parse_prefix("192.0.2.8/29"), *parse_address("192.0.2.15")));
    CHECK_FALSE(contains(*parse_prefix("192.0.2.8/29"), *parse_address("192.0.2.16")));
    CHECK_FALSE(contains(*parse_prefix("0.0.0.0/0"), *parse_address("::")));
    CHECK(overlap(*parse_prefix("192.0.2.0/24"), *parse_prefix("192.0.2.8")));
    CHECK(overlap(*parse_prefix("192.0.2.8"), *parse_prefix("192.0.2.0/24")));
    CHECK_FALSE(overlap(*parse_prefix("192.0.2.0/25"), *parse_prefix("192.0.2.128/25")));
}
