#include "config/config.hpp"
#include "support/catch.hpp"

namespace rs {
namespace {

Link link(int index, const char* name, bool arp)
{
    return {index, name, true, arp, std::string_view{name} == "lo"};
}

DeviceAddress on(const char* device, const char* prefix, bool ours = false)
{
    return {device, parse_prefix(prefix).value(), ours};
}

Host host_with(std::vector<DeviceAddress> addresses)
{
    Host host;
    host.links = {link(1, "lo", false), link(2, "eth0", true), link(3, "dummy0", false),
                  link(4, "tunl0", false)};
    host.addresses = std::move(addresses);
    return host;
}

LocatedConfig role(const std::string& vips, const std::string& more = "")
{
    Sources sources;
    sources.roles = {
        {"web.toml", "forwarding = \"dr\"\nvips = " + vips + "\nservices = [\"80/tcp\"]\n" + more}};
    return std::get<LocatedConfig>(make_config(sources));
}

std::string lines(const LocatedConfig& config, std::vector<DeviceAddress> addresses)
{
    return to_string(check_against_host(config, host_with(std::move(addresses))));
}

} // namespace

TEST_CASE("a VIP that is the host's own address is a mistake with its place", "[fault-43]")
{
    const auto config = role(R"(["192.0.2.8", "192.0.2.9"])");
    CHECK(lines(config, {on("eth0", "192.0.2.9/24")}) ==
          "web.toml:2:22: vips: 192.0.2.9 is this host's own address, on eth0; "
          "expected an address that only the cluster has");
    CHECK(lines(config, {on("eth0", "192.0.2.10/24")}).empty());
}

TEST_CASE("a prefix of VIPs must not hold the host's own address either")
{
    CHECK(lines(role(R"(["192.0.2.0/28"])"), {on("eth0", "192.0.2.9/24")}) ==
          "web.toml:2:9: vips: 192.0.2.9 is this host's own address, on eth0; "
          "expected an address that only the cluster has");
    CHECK(lines(role(R"(["2001:db8::/64"])"), {on("eth0", "2001:db8:0:1::9/64")}).empty());
}

TEST_CASE("a VIP that is bound already is no mistake")
{
    const auto config = role(R"(["192.0.2.8"])", "device = \"dummy0\"\n");
    CHECK(lines(config, {on("eth0", "192.0.2.8/32", true)}).empty());
    CHECK(lines(config, {on("lo", "192.0.2.8/32")}).empty());
    CHECK(lines(config, {on("dummy0", "192.0.2.8/32")}).empty());
    CHECK(lines(config, {on("tunl0", "192.0.2.8/32")}).empty()); // the classic recipe
    CHECK_FALSE(lines(config, {on("eth0", "192.0.2.8/32")}).empty());
}

TEST_CASE("an address on a device that has just gone still counts")
{
    CHECK_FALSE(lines(role(R"(["192.0.2.8"])"), {on("eth9", "192.0.2.8/24")}).empty());
}

TEST_CASE("a device that answers ARP cannot hold VIPs")
{
    CHECK(lines(role(R"(["192.0.2.8"])", "device = \"eth0\"\n"), {}) ==
          "web.toml:4:10: device: \"eth0\" answers ARP; "
          "expected \"lo\" or a device without ARP, like a dummy");
    CHECK(lines(role(R"(["192.0.2.8"])", "device = \"dummy0\"\n"), {}).empty());
    CHECK(lines(role(R"(["192.0.2.8"])", "device = \"later0\"\n"), {}).empty());
}

} // namespace rs
