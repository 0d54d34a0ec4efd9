#include "front/wire.hpp"
#include "support/catch.hpp"

using namespace rs;

namespace {

Role busy_role()
{
    Role role;
    role.name = "web";
    role.forwarding = Forwarding::tunnelling;
    role.vips = {*parse_prefix("192.0.2.100"), *parse_prefix("2001:db8::/64")};
    role.services = {{80, Protocol::tcp}, {53, Protocol::udp}};
    role.directors = {*parse_address("192.0.2.1")};
    role.bind = Bind::route;
    role.arp_devices = {"eth0", ""};
    role.arp_guard = GuardUse::off;
    role.reply = {*parse_address("192.0.2.254"), "eth0", std::uint16_t{1440}};
    role.tunnel = {Encapsulation::gue, std::nullopt, 6081, true, "tunl0"};
    role.drain = {std::chrono::seconds{0}, OnTimeout::reset, true};
    role.checks = {{CheckType::http, "http://[::1]:80/", "ok", std::chrono::seconds{3},
                    std::chrono::seconds{2}, 4, 5, OnCheckFailure::report}};
    return role;
}

NodeStatus busy_status()
{
    RoleStatus role;
    role.name = "web";
    role.state = RoleState::draining;
    role.vips = {{*parse_prefix("192.0.2.100"), "lo", true}};
    role.connections = 7;
    role.drain = DrainStatus{WallTime{std::chrono::seconds{5}}, std::nullopt, true};
    role.directors = {{*parse_address("192.0.2.1"), WallTime{}, "down", true, false}};
    role.checks = {{"tcp", "127.0.0.1:80", true, WallTime{}}};
    role.drift = {{WallTime{}, "the address is back"}};
    role.problems = {std::string(100'000, 'x'), ""};
    return {"1.2",        RoleState::draining, 7,           1ULL << 40U,
            {role, role}, {"a port is taken"}, {"no guard"}};
}

} // namespace

TEST_CASE("what is decoded is what was encoded")
{
    const Config config{{}, {busy_role(), {}}};
    const auto configured =
        wire::decode<wire::ToFront>(wire::encode<wire::ToFront>(wire::Configured{config}));
    CHECK(std::get<wire::Configured>(configured).config == config);

    const auto published =
        wire::decode<wire::ToFront>(wire::encode<wire::ToFront>(wire::Published{busy_status()}));
    CHECK(std::get<wire::Published>(published).status == busy_status());

    const wire::AskDrain drain{"web", {std::chrono::seconds{9}, false}};
    const auto asked = wire::decode<wire::ToDaemon>(wire::encode<wire::ToDaemon>(drain));
    CHECK(std::get<wire::AskDrain>(asked).role == "web");
    CHECK(std::get<wire::AskDrain>(asked).request == drain.request);
}

TEST_CASE("a message that is cut off anywhere is malformed")
{
    const auto whole = wire::encode<wire::ToDaemon>(
        wire::Polled{{*parse_address("192.0.2.1"), "web", RoleState::degraded}});
    for (std::size_t size = 0; size != whole.size(); ++size) {
        CHECK_THROWS_AS(wire::decode<wire::ToDaemon>(whole.substr(0, size)), wire::Malformed);
    }
    CHECK_THROWS_AS(wire::decode<wire::ToDaemon>(whole + '\0'), wire::Malformed);
}

TEST_CASE("words and kinds that do not exist are malformed")
{
    CHECK_THROWS_AS(wire::decode<RoleState>("\x06"), wire::Malformed);
    CHECK_THROWS_AS(wire::decode<Family>("\xff"), wire::Malformed);
    CHECK_THROWS_AS(wire::decode<wire::ToDaemon>(wire::encode(std::variant_size_v<wire::ToDaemon>)),
                    wire::Malformed);
}

TEST_CASE("a length beyond the message takes no memory")
{
    const auto huge = wire::encode(std::size_t{1} << 60U);
    CHECK_THROWS_AS(wire::decode<std::string>(huge + "text"), wire::Malformed);
    CHECK_THROWS_AS(wire::decode<std::vector<std::string>>(huge + std::string(8, '\0')),
                    wire::Malformed);
}
