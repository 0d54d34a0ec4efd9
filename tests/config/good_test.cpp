#include "config/case_file.hpp"
#include "config/config.hpp"
#include "support/catch.hpp"

#include <algorithm>

namespace rs {
namespace {

using namespace std::chrono_literals;

Config config_of(const Sources& sources)
{
    auto result = make_config(sources);
    if (const auto* const mistakes = std::get_if<Mistakes>(&result)) {
        FAIL(to_string(*mistakes));
    }
    return std::get<LocatedConfig>(std::move(result)).config;
}

Sources good_case(const std::string& name)
{
    const auto cases = read_cases(CASES "/good.txt");
    return std::ranges::find(cases, name, &Case::name)->sources;
}

Prefix prefix(const char* text)
{
    return parse_prefix(text).value();
}

Address address(const char* text)
{
    return parse_address(text).value();
}

} // namespace

TEST_CASE("every key of a role arrives in the model")
{
    const auto config = config_of(good_case("every key of a dr role"));
    Role role;
    role.name = "web";
    role.forwarding = Forwarding::direct_routing;
    role.vips = {prefix("192.0.2.8"), prefix("198.51.100.0/28"), prefix("2001:db8::8"),
                 prefix("2001:db8:1::/64")};
    role.services = {
        {80, Protocol::tcp}, {443, Protocol::tcp}, {443, Protocol::udp}, {65535, Protocol::udp}};
    role.directors = {address("192.0.2.6"), address("192.0.2.7"), address("2001:db8::6")};
    role.device = "dummy0";
    role.bind = Bind::automatic;
    role.arp_devices = {"eth0", "bond0.100"};
    role.arp_guard = GuardUse::on;
    role.reply = {address("192.0.2.1"), "eth0", std::uint16_t{1400}};
    role.drain = {90min, OnTimeout::reset, true};
    CHECK(config == Config{{}, {role}});
}

TEST_CASE("checks of every type arrive in the model, units with their whole name")
{
    const auto checks = config_of(good_case("every type of check, and every key")).roles[0].checks;
    REQUIRE(checks.size() == 6);
    CHECK(checks[0] ==
          Check{CheckType::tcp, "[::1]:80", "", 100ms, 100ms, 1, 100, OnCheckFailure::report});
    CHECK(checks[1].type == CheckType::http);
    CHECK(checks[1].expect == "all is well");
    CHECK(checks[1].on_failure == OnCheckFailure::unhealthy);
    CHECK(checks[2] == Check{CheckType::http, "https://[::1]", "", 2s, 1s, 2, 3});
    CHECK(checks[3].target == "nginx.service");
    CHECK(checks[4].target == "web@1.socket");
    CHECK(checks[5].type == CheckType::exec);
}

TEST_CASE("every key of the node arrives in the model")
{
    const auto config = config_of(good_case("every key of the node"));
    Node node;
    node.health.listen = {
        {address("192.0.2.9"), 9180}, {address("2001:db8::9"), 9180}, {address("127.0.0.1"), 80}};
    node.agent_check = {{address("0.0.0.0"), 9181}, {address("192.0.2.10"), 9180}};
    node.health.allow = {AllowDirectors{}, prefix("192.0.2.6"), prefix("192.0.2.0/28"),
                         prefix("2001:db8::/64"), AllowAny{}};
    node.stop = {false, 90s};
    node.log_level = LogLevel::trace;
    CHECK(config == Config{node, {}});
}

TEST_CASE("what is left out keeps the model's defaults")
{
    Role role;
    role.name = "web";
    role.vips = {prefix("192.0.2.8")};
    role.services = {{80, Protocol::tcp}};
    CHECK(config_of(good_case("nothing but a VIP and a service")) == Config{{}, {role}});
    CHECK(config_of({}) == Config{});
    CHECK(config_of(good_case("an empty node file")) == Config{});
    CHECK(config_of({}).node.health.listen ==
          std::vector<Endpoint>{{address("0.0.0.0"), 9180}, {address("::"), 9180}});
    CHECK(config_of(good_case("nobody is told")).node.health.listen.empty());
    CHECK(config_of(good_case("nobody else may ask")).node.health.allow.empty());
}

TEST_CASE("a drain timeout of zero waits without limit")
{
    CHECK(config_of(good_case("a drain without limit, by number")).roles[0].drain.timeout == 0s);
    CHECK(config_of(good_case("a drain without limit, by word")).roles[0].drain.timeout == 0s);
}

TEST_CASE("roles are sorted by name, and their places with them")
{
    auto sources = good_case("a VIP shared by two roles with different services");
    std::ranges::reverse(sources.roles);
    const auto located = std::get<LocatedConfig>(make_config(sources));
    REQUIRE(located.config.roles.size() == 2);
    REQUIRE(located.places.size() == 2);
    CHECK(located.config.roles[0].name == "a");
    CHECK(located.places[0].file == "a.toml");
    CHECK(located.places[1].vips == std::vector<Position>{{2, 9}, {2, 22}});
}

TEST_CASE("the role that is shipped loads as it is, and with every commented key switched on")
{
    auto text = read_text(SHIPPED "/dr.toml");
    Sources sources;
    sources.roles = {{"dr.toml", text}};
    const auto shipped = config_of(sources);
    REQUIRE(shipped.roles.size() == 1);
    CHECK(shipped.roles[0].vips == std::vector{prefix("192.0.2.8")});
    CHECK(shipped.roles[0].services == std::vector{Service{80, Protocol::tcp}});
    CHECK(shipped.roles[0].directors == std::vector{address("192.0.2.6"), address("192.0.2.7")});

    for (auto at = text.find("\n#"); at != std::string::npos; at = text.find("\n#", at + 1)) {
        if (text[at + 2] != ' ' && text[at + 2] != '\n') {
            text.erase(at + 1, 1);
        }
    }
    sources.roles = {{"dr.toml", text}};
    auto all = config_of(sources);
    CHECK(all.roles[0].reply == Reply{address("192.0.2.1"), "eth0", {}});
    Check check;
    check.type = CheckType::http;
    check.target = "http://127.0.0.1/";
    check.expect = "Welcome";
    CHECK(all.roles[0].checks == std::vector{check});
    all.roles[0].reply = {}; // the only examples that are no defaults
    all.roles[0].checks.clear();
    CHECK(all == shipped);
}

TEST_CASE("the tunnelled role that is shipped loads as it is")
{
    Sources sources;
    const auto text = read_text(SHIPPED "/tun.toml");
    sources.roles = {{"tun.toml", text}};
    const auto shipped = config_of(sources);
    REQUIRE(shipped.roles.size() == 1);
    CHECK(shipped.roles[0].forwarding == Forwarding::tunnelling);
    CHECK(shipped.roles[0].device.empty());
    CHECK(shipped.roles[0].tunnel == Tunnel{});
    CHECK(shipped.roles[0].directors ==
          std::vector{address("203.0.113.6"), address("203.0.113.7")});
}

TEST_CASE("the node file that is shipped shows the defaults")
{
    auto text = read_text(SHIPPED "/realserverd.toml");
    Sources sources;
    sources.node = {"realserverd.toml", text};
    CHECK(config_of(sources) == Config{});
    for (auto at = text.find("\n#"); at != std::string::npos; at = text.find("\n#", at + 1)) {
        if (text[at + 2] != ' ' && text[at + 2] != '\n') {
            text.erase(at + 1, 1);
        }
    }
    CHECK(text.find("\nlevel = ") != std::string::npos);
    sources.node = {"realserverd.toml", text};
    CHECK(config_of(sources) == Config{});
}

} // namespace rs
