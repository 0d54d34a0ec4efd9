#include "bus/drain_options.hpp"
#include "bus/properties.hpp"
#include "bus/utf8.hpp"
#include "support/catch.hpp"

using namespace rs;

TEST_CASE("valid text passes unchanged")
{
    for (const std::string text : {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                   "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) {
        CHECK(valid_utf8(text) == text);
    }
}

TEST_CASE("bytes that are no UTF-8 are replaced one by one")
{
    CHECK(valid_utf8("a\xff"
                     "b") == "a?b");
    CHECK(valid_utf8("\xc3") == "?");
    CHECK(valid_utf8("\xc0\xaf") == "??");           // overlong
    CHECK(valid_utf8("\xe0\x80\xaf") == "???");      // overlong
    CHECK(valid_utf8("\xed\xa0\x80") == "???");      // a surrogate
    CHECK(valid_utf8("\xf4\x90\x80\x80") == "????"); // beyond U+10FFFF
    CHECK(valid_utf8("\xe2\x82"
                     "x") == "??x");
    CHECK(valid_utf8(std::string_view{"a\0b", 3}) == "a?b");
}

TEST_CASE("a role's path is escaped as sd-bus escapes it")
{
    CHECK(role_path("web") == "/org/realserverd/RealServer1/role/web");
    CHECK(role_path("web-1") == "/org/realserverd/RealServer1/role/web_2d1");
    CHECK(role_path("1st") == "/org/realserverd/RealServer1/role/_31st");
}

TEST_CASE("no options are the role's own timeout and a drain that survives a reboot")
{
    CHECK(drain_request({}) == DrainRequest{std::nullopt, true});
}

TEST_CASE("a timeout of zero, or one that no clock can tell, is without limit")
{
    const auto request = [](std::uint64_t microseconds) {
        return drain_request({{"timeout-usec", sdbus::Variant{microseconds}}}).timeout;
    };
    CHECK(request(0) == std::chrono::microseconds{0});
    CHECK(request(1) == std::chrono::microseconds{1});
    CHECK(request(UINT64_MAX) == std::chrono::microseconds{0});
    CHECK(request(UINT64_MAX / 2) == std::chrono::microseconds{0});
}

TEST_CASE("equal statuses differ in no property")
{
    CHECK(changed_properties(NodeStatus{}, NodeStatus{}).empty());
    CHECK(changed_properties(RoleStatus{}, RoleStatus{}).empty());
}

TEST_CASE("a drain that only gets a later deadline changes one property")
{
    RoleStatus before;
    before.drain = DrainStatus{WallTime{std::chrono::seconds{1}}, std::nullopt, true};
    auto after = before;
    after.drain->deadline = WallTime{std::chrono::seconds{2}};
    CHECK(changed_properties(before, after) ==
          std::vector<BusPropertyName>{BusPropertyName{"DrainDeadlineUSec"}});
}
