#include "reconcile/reply.hpp"

#include "reconcile/hash.hpp"
#include "reconcile/tunnel.hpp"

#include <algorithm>

namespace rs {
namespace {

// Our tables lie in [first, first + count): above the 255 of old and the low numbers people use.
constexpr std::uint32_t first_table = 820'000;
constexpr std::uint32_t table_count = 10'000;

// One of our own tables; each holds routes of one family and MSS.
struct ReplyTable {
    std::uint32_t number{};
    Family family{};
    std::uint32_t advmss{};
};

bool answers_from(const Reply& reply, Family family)
{
    return !reply.gateway || reply.gateway->family == family;
}

// The device in whose network the gateway is; the most specific one when there are several.
std::string device_towards(const Address& gateway, const Host& host)
{
    const DeviceAddress* best{};
    for (const auto& candidate : host.addresses) {
        if (!candidate.ours && contains(candidate.prefix, gateway) &&
            (best == nullptr || best->prefix.length < candidate.prefix.length)) {
            best = &candidate;
        }
    }
    return best == nullptr ? std::string{} : best->device;
}

std::string obstacle(const Reply& reply, const std::string& device, const Host& host)
{
    if (device.empty()) {
        return "reply.gateway " + to_string(*reply.gateway) +
               " is in no network of this host; add its network to a device or set reply.device";
    }
    const auto* link = find_link(host, device);
    if (link == nullptr) {
        return "reply.device " + device + " does not exist";
    }
    return link->up ? std::string{} : "reply.device " + device + " is down";
}

// Whether "auto" means less than what the kernel would say.
bool leaves_room(const Role& role)
{
    return std::holds_alternative<MssAutomatic>(role.reply.mss) &&
           role.forwarding == Forwarding::tunnelling;
}

// What the VIP's peers are told as their greatest segment; 0 leaves it to the kernel, none means
// that it cannot be known now.
std::optional<std::uint32_t> advmss(const Role& role, const Host& host, Family family)
{
    if (const auto* bytes = std::get_if<std::uint16_t>(&role.reply.mss)) {
        return *bytes;
    }
    return leaves_room(role) ? tunnel_mss(role, host, family) : std::optional{0U};
}

// Clients in the device's own networks are answered directly, everybody else by the gateway.
void want_routes(const ReplyTable& table, const std::optional<Address>& gateway,
                 const std::string& device, const Host& host, State& wanted)
{
    const Prefix everywhere{{table.family, {}}, 0};
    wanted.insert(ReplyRoute{table.number, everywhere, gateway, device, table.advmss});
    for (const auto& address : host.addresses) {
        if (address.device == device && !address.ours &&
            address.prefix.address.family == table.family && !is_host(address.prefix)) {
            wanted.insert(ReplyRoute{table.number, network(address.prefix), std::nullopt, device,
                                     table.advmss});
        }
    }
}

// IPv6's own network on every device, in which no client of a VIP is.
bool within_link(const Prefix& prefix)
{
    const auto& bytes = prefix.address.bytes;
    return prefix.address.family == Family::ipv6 && bytes[0] == 0xfe && (bytes[1] & 0xc0U) == 0x80;
}

// The ways of the main table, for the sake of the MSS alone.
void clone_main(const ReplyTable& table, const Host& host, State& wanted)
{
    for (const auto& route : host.main_routes) {
        if (route.destination.address.family == table.family && !within_link(route.destination)) {
            wanted.insert(ReplyRoute{table.number, route.destination, route.gateway, route.device,
                                     table.advmss, route.metric, route.onlink, route.weight,
                                     route.others});
        }
    }
}

// What is there already: a link that is gone for a moment must not take the replies with it.
void keep_owned(const Role& role, const Host& host, State& wanted)
{
    std::set<std::uint32_t> tables;
    for (const auto& object : host.owned) {
        const auto* rule = std::get_if<ReplyRule>(&object);
        if (rule != nullptr && std::ranges::find(role.vips, rule->from) != role.vips.end()) {
            tables.insert(rule->table);
            wanted.insert(object);
        }
    }
    for (const auto& object : host.owned) {
        const auto* route = std::get_if<ReplyRoute>(&object);
        if (route != nullptr && tables.contains(route->table)) {
            wanted.insert(object);
        }
    }
}

// Nothing is wanted where replies leave as they would anyway.
void want_replies(const Role& role, Family family, const std::string& device, const Host& host,
                  Desired& desired)
{
    const auto& reply = role.reply;
    const bool as_main = !reply.gateway && device.empty();
    const auto mss = advmss(role, host, family);
    if (as_main && mss == 0U) {
        return;
    }
    if (!mss) {
        keep_owned(role, host, desired.objects);
        return;
    }
    const ReplyTable table{reply_table(reply, *mss), family, *mss};
    if (as_main) {
        clone_main(table, host, desired.objects);
    } else {
        want_routes(table, reply.gateway, device, host, desired.objects);
    }
    for (const auto& vip : role.vips) {
        if (vip.address.family == family) {
            desired.objects.insert(ReplyRule{vip, table.number});
        }
    }
}

} // namespace

bool copies_main_table(const Role& role)
{
    const bool as_main = !role.reply.gateway && role.reply.device.empty();
    return as_main && (std::holds_alternative<std::uint16_t>(role.reply.mss) || leaves_room(role));
}

std::uint32_t reply_table(const Reply& reply, std::uint32_t advmss)
{
    const auto text = (reply.gateway ? to_string(*reply.gateway) : std::string{}) + '|' +
                      reply.device + '|' + std::to_string(advmss);
    return first_table + hash_of(text) % table_count;
}

void want_reply(const Role& role, const Host& host, Desired& desired)
{
    const auto& reply = role.reply;
    auto device = reply.device;
    if (reply.gateway || !device.empty()) {
        device = device.empty() ? device_towards(*reply.gateway, host) : device;
        if (auto why = obstacle(reply, device, host); !why.empty()) {
            desired.obstacles.push_back(std::move(why));
            keep_owned(role, host, desired.objects);
            return;
        }
    }
    for (const auto family : {Family::ipv4, Family::ipv6}) {
        if (has_vip(role, family) && answers_from(reply, family)) {
            want_replies(role, family, device, host, desired);
        }
    }
}

} // namespace rs
