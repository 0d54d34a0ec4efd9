#include "config/addresses.hpp"
#include "config/once.hpp"
#include "config/validate.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <array>

namespace rs {
namespace {

constexpr std::array<std::string_view, 6> level_words{"trace",   "debug", "info",
                                                      "warning", "error", "critical"};
// At shutdown, realserverd-drain.service would cut off a longer drain (TimeoutStopSec=).
constexpr Range<std::chrono::microseconds> stop_timeouts{std::chrono::seconds{1},
                                                         std::chrono::minutes{15}};

struct PlacedEndpoint {
    Endpoint endpoint;
    Text text;
};

bool is_any(const Address& address)
{
    return address.bytes == Address{}.bytes;
}

// What no socket can be bound to, or not without more words. IPv4's link-local addresses can.
bool unfit_to_listen(const Address& address)
{
    const auto kind = special_kind(address);
    return !is_any(address) &&
           (kind == "unspecified" || kind == "multicast" || kind == "broadcast" ||
            kind == "IPv4-mapped" || (kind == "link-local" && address.family == Family::ipv6));
}

// A socket takes up to two of the descriptors that systemd keeps for a restart, of which there are
// 512 (FileDescriptorStoreMax= of realserverd.service).
constexpr std::size_t most_endpoints = 64;

std::vector<PlacedEndpoint> read_listen(TableReader& reader)
{
    constexpr std::string_view key = "listen";
    Once<Endpoint> once;
    std::vector<PlacedEndpoint> endpoints;
    for (const auto& text : reader.texts(key, R"(an array, like ["0.0.0.0:9180", "[::]:9180"])")) {
        const auto endpoint = parse_endpoint(text.text);
        if (!endpoint) {
            reader.note(key, text.at, in_quotes(text.text) + " is not an endpoint",
                        R"(expected ADDRESS:PORT, like "0.0.0.0:9180" or "[::]:9180")");
        } else if (unfit_to_listen(endpoint->address)) {
            reader.note(key, text.at,
                        in_quotes(text.text) + " has the " +
                            std::string{special_kind(endpoint->address)} + " address " +
                            to_string(endpoint->address),
                        R"(expected an address of this host, "0.0.0.0" or "[::]")");
        } else if (once.add(reader, key, text, *endpoint)) {
            endpoints.push_back({*endpoint, text});
        }
    }
    if (endpoints.size() > most_endpoints) {
        reader.note(key, "has " + std::to_string(endpoints.size()) + " endpoints",
                    R"(expected at most 64; "0.0.0.0" and "[::]" are all addresses of the host)");
    }
    return endpoints;
}

std::vector<Endpoint> plain(const std::vector<PlacedEndpoint>& placed)
{
    std::vector<Endpoint> endpoints(placed.size());
    std::ranges::transform(placed, endpoints.begin(), &PlacedEndpoint::endpoint);
    return endpoints;
}

bool collide(const Endpoint& left, const Endpoint& right)
{
    return left.port == right.port && left.address.family == right.address.family &&
           (left.address == right.address || is_any(left.address) || is_any(right.address));
}

// A port speaks HTTP or agent-check, not both.
std::vector<Endpoint> read_agent_check(TableReader& reader, const Health& health)
{
    const auto placed = read_listen(reader);
    for (const auto& [endpoint, text] : placed) {
        for (const auto& other : health.listen) {
            if (collide(endpoint, other)) {
                reader.note("listen", text.at,
                            in_quotes(text.text) + " collides with " + in_quotes(to_string(other)) +
                                " of health.listen",
                            "expected a port of its own");
            }
        }
    }
    return plain(placed);
}

std::variant<Allow, Objection> read_allow(const std::string& text)
{
    if (text == "directors") {
        return AllowDirectors{};
    }
    if (text == "any") {
        return AllowAny{};
    }
    const auto prefix = parse_prefix(text);
    if (!prefix) {
        return Objection{in_quotes(text) + " is unknown",
                         R"(expected "directors", "any", an address or a prefix)"};
    }
    if (const auto whole = network(*prefix); whole != *prefix) {
        return Objection{in_quotes(text) + " has host bits",
                         "write " + in_quotes(to_string(whole)) + " or " +
                             in_quotes(to_string(prefix->address))};
    }
    return *prefix;
}

void read_health(TableReader& reader, Health& health)
{
    if (reader.has("listen")) {
        health.listen = plain(read_listen(reader));
    }
    constexpr std::string_view key = "allow";
    Once<Allow> once;
    std::vector<Allow> allow;
    for (const auto& text : reader.texts(key, R"(an array, like ["directors", "192.0.2.0/28"])")) {
        const auto read = read_allow(text.text);
        if (const auto* const objection = std::get_if<Objection>(&read)) {
            reader.note(key, text.at, objection->what, objection->allowed);
        } else if (once.add(reader, key, text, std::get<Allow>(read))) {
            allow.push_back(std::get<Allow>(read));
        }
    }
    if (reader.has(key)) {
        health.allow = std::move(allow);
    }
}

} // namespace

Node validate_node(const Document& document, Mistakes& mistakes)
{
    Review review{document.file, mistakes};
    TableReader reader{document.root, {1, 1}, "", review};
    Node node;
    if (auto health = reader.table("health")) {
        read_health(*health, node.health);
        health->finish();
    }
    if (auto agent_check = reader.table("agent_check")) {
        node.agent_check = read_agent_check(*agent_check, node.health);
        agent_check->finish();
    }
    if (auto stop = reader.table("stop")) {
        stop->flag("drain", node.stop.drain);
        stop->duration("timeout", stop_timeouts, node.stop.timeout);
        stop->finish();
    }
    if (auto log = reader.table("log")) {
        log->choice("level", level_words, node.log_level);
        log->finish();
    }
    reader.finish();
    return node;
}

} // namespace rs
