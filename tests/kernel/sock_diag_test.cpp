#include "kernel/lab.hpp"
#include "kernel/sock_diag.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <list>

using namespace rs;
using namespace rs::test;

namespace {

// A server's and a client's end of a TCP connection over lo.
struct Connection {
    UniqueFd client;
    UniqueFd server;
};

sockaddr_in6 endpoint(const std::string& text, Port port)
{
    sockaddr_in6 where{};
    where.sin6_family = AF_INET6;
    where.sin6_port = htons(port);
    const auto ipv6 = text.find(':') == std::string::npos ? "::ffff:" + text : text;
    REQUIRE(::inet_pton(AF_INET6, ipv6.c_str(), &where.sin6_addr) == 1);
    return where;
}

sockaddr_in endpoint4(const std::string& text, Port port)
{
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    REQUIRE(::inet_pton(AF_INET, text.c_str(), &where.sin_addr) == 1);
    return where;
}

template <typename Where>
UniqueFd listen_on(int family, const Where& where)
{
    UniqueFd fd{::socket(family, SOCK_STREAM, 0)};
    const int on = 1;
    ::setsockopt(fd.value(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    REQUIRE(::bind(fd.value(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    REQUIRE(::listen(fd.value(), 100) == 0);
    return fd;
}

template <typename Where>
Connection connect_to(int family, const Where& where, const UniqueFd& listener)
{
    UniqueFd client{::socket(family, SOCK_STREAM, 0)};
    REQUIRE(::connect(client.value(), reinterpret_cast<const sockaddr*>(&where), sizeof where) ==
            0);
    UniqueFd server{::accept(listener.value(), nullptr, nullptr)};
    REQUIRE(server);
    return {std::move(client), std::move(server)};
}

// VIPs on lo and a server each: 80 and 81 over IPv4, 80 over IPv6, and 82 for both families, where
// the server's ends are v4-mapped.
struct Servers {
    NetworkNamespace network;
    int made = run("ip addr add 192.0.2.8/32 dev lo && ip addr add 198.51.100.77/24 dev lo && "
                   "ip -6 addr add 2001:db8::8/128 dev lo nodad && " +
                   until("ip -6 route show table local | grep -q 2001:db8::8"));
    SockDiag diag;
    UniqueFd any80 = listen_on(AF_INET, endpoint4("0.0.0.0", 80));
    UniqueFd any81 = listen_on(AF_INET, endpoint4("0.0.0.0", 81));
    UniqueFd ipv6 = listen_on(AF_INET6, endpoint("2001:db8::8", 80));
    UniqueFd both = listen_on(AF_INET6, endpoint("::", 82));
    std::list<Connection> connections;

    void connect4(const std::string& vip, Port port)
    {
        const auto& listener = port == 80 ? any80 : port == 81 ? any81 : both;
        connections.push_back(connect_to(AF_INET, endpoint4(vip, port), listener));
    }

    void connect6(const std::string& vip, Port port)
    {
        connections.push_back(connect_to(AF_INET6, endpoint(vip, port), port == 80 ? ipv6 : both));
    }
};

Service tcp(Port port)
{
    return {port, Protocol::tcp};
}

const Prefix vip4 = prefix("192.0.2.8");
const Prefix vip6 = prefix("2001:db8::8");

// Resets, and says how many; none where the kernel lacks SOCK_DESTROY, which it has to say clearly.
std::optional<std::uint32_t> reset(SockDiag& diag, const ConnectionFilter& filter)
{
    try {
        return diag.reset(filter);
    } catch (const std::system_error& error) {
        CHECK(error.code().value() == EOPNOTSUPP);
        WARN("this kernel lacks CONFIG_INET_DIAG_DESTROY: " << error.what());
        return std::nullopt;
    }
}

// The first thing a client reads: 0 at the end, or errno.
int read_error(const UniqueFd& fd)
{
    char byte{};
    return ::recv(fd.value(), &byte, 1, MSG_DONTWAIT) < 0 ? errno : 0;
}

} // namespace

TEST_CASE("the connections of a VIP and its services are counted, and no others")
{
    Servers servers;
    servers.connect4("192.0.2.8", 80);
    servers.connect4("192.0.2.8", 80);
    servers.connect4("192.0.2.8", 81);
    servers.connect4("127.0.0.1", 80);
    servers.connect6("2001:db8::8", 80);
    const auto count = [&](const ConnectionFilter& filter) { return servers.diag.count(filter); };
    CHECK(count({{vip4}, {tcp(80)}}) == 2);
    CHECK(count({{vip4}, {tcp(81)}}) == 1);
    CHECK(count({{vip4}, {tcp(80), tcp(81)}}) == 3);
    CHECK(count({{vip4, vip6}, {tcp(80), tcp(81)}}) == 4);
    CHECK(count({{vip6}, {tcp(80)}}) == 1);
    CHECK(count({{vip6}, {tcp(81)}}) == 0);
    CHECK(count({{prefix("192.0.2.9")}, {tcp(80)}}) == 0);
    CHECK(count({{vip4}, {{80, Protocol::udp}}}) == 0);
    CHECK(count({{vip4}, {tcp(80), {443, Protocol::udp}}}) == 2);
    CHECK(count({{}, {tcp(80)}}) == 0);
}

TEST_CASE("without services every port of the VIP counts, both ends if both are here")
{
    Servers servers;
    servers.connect4("192.0.2.8", 80); // the client's end is 192.0.2.8 too: the kernel chose it
    servers.connect4("192.0.2.8", 81);
    servers.connect6("2001:db8::8", 82);
    const auto ends = output("ss -Htn state established src 192.0.2.8 | wc -l");
    CHECK(servers.diag.count({{vip4}, {}}) == std::stoul(ends));
    CHECK(servers.diag.count({{vip4}, {}}) >= 2);
}

TEST_CASE("a VIP that is a prefix counts for every address in it")
{
    Servers servers;
    servers.connect4("198.51.100.77", 80);
    servers.connect4("192.0.2.8", 80);
    CHECK(servers.diag.count({{prefix("198.51.100.0/24")}, {tcp(80)}}) == 1);
    CHECK(servers.diag.count({{prefix("198.51.100.64/26")}, {tcp(80)}}) == 1);
    CHECK(servers.diag.count({{prefix("198.51.100.0/26")}, {tcp(80)}}) == 0);
    CHECK(servers.diag.count({{prefix("0.0.0.0/0")}, {tcp(80)}}) == 2);
}

TEST_CASE("a v4-mapped connection counts for the IPv4 VIP")
{
    Servers servers;
    servers.connect4("192.0.2.8", 82);
    servers.connect6("2001:db8::8", 82);
    CHECK(servers.diag.count({{vip4}, {tcp(82)}}) == 1);
    CHECK(servers.diag.count({{vip6}, {tcp(82)}}) == 1);
    CHECK(servers.diag.count({{prefix("::/0")}, {tcp(82)}}) == 1);
}

TEST_CASE("with many VIPs the kernel filters by port only, and the count is the same")
{
    Servers servers;
    servers.connect4("192.0.2.8", 80);
    servers.connect4("127.0.0.1", 80);
    servers.connect6("2001:db8::8", 80);
    ConnectionFilter filter{{vip4, vip6}, {tcp(80)}};
    for (auto i = 0; i != 300; ++i) {
        filter.vips.push_back(
            prefix("198.18." + std::to_string(i / 200) + '.' + std::to_string(i % 200)));
        CHECK(servers.diag.count(filter) == 2);
    }
    filter.services.clear();
    CHECK(servers.diag.count(filter) >= 2);
    for (Port port = 1; port != 200; ++port) {
        filter.services.push_back(tcp(port));
    }
    CHECK(servers.diag.count(filter) == 2);
}

TEST_CASE("half-closed connections count until they are over")
{
    Servers servers;
    servers.connect4("192.0.2.8", 80);
    auto& connection = servers.connections.front();
    REQUIRE(::shutdown(connection.client.value(), SHUT_WR) == 0);
    CHECK(servers.diag.count({{vip4}, {tcp(80)}}) == 1);
    connection.server = UniqueFd{};
    servers.connections.front().client = UniqueFd{};
    CHECK(servers.diag.count({{vip4}, {tcp(80)}}) == 0);
}

TEST_CASE("reset closes the matching connections and tells both ends")
{
    Servers servers;
    servers.connect4("192.0.2.8", 80);
    servers.connect4("127.0.0.1", 80);
    servers.connect4("192.0.2.8", 82);
    servers.connect6("2001:db8::8", 80);
    const auto closed = reset(servers.diag, {{vip4, vip6}, {tcp(80), tcp(82)}});
    if (!closed) {
        return;
    }
    CHECK(closed == 3);
    CHECK(servers.diag.count({{vip4, vip6}, {tcp(80), tcp(82)}}) == 0);
    auto connection = servers.connections.begin();
    CHECK(read_error(connection->server) == ECONNABORTED);
    CHECK(read_error(connection->client) == ECONNRESET);
    ++connection;
    CHECK(read_error(connection->server) == EAGAIN);
    CHECK(read_error(connection->client) == EAGAIN);
    CHECK(servers.diag.reset({{vip4}, {tcp(80)}}) == 0);
}

TEST_CASE("hundreds of connections are reset in a few sends")
{
    Servers servers;
    for (auto i = 0; i != 400; ++i) {
        servers.connect4("192.0.2.8", 80);
    }
    CHECK(servers.diag.count({{vip4}, {tcp(80)}}) == 400);
    const auto closed = reset(servers.diag, {{vip4}, {tcp(80)}});
    CHECK(closed.value_or(400) == 400);
    CHECK(servers.diag.count({{vip4}, {tcp(80)}}) == (closed ? 0 : 400));
}
