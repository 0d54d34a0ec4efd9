#include "reconcile/reply.hpp"

#include <algorithm>

namespace rs {
namespace {

// Our tables lie in [first, first + count): above the 255 of old and the low numbers people use.
constexpr std::uint32_t first_table = 820'000;
constexpr std::uint32_t table_count = 10'000;

bool answers_from(const Reply& reply, const Prefix& vip)
{
    return !reply.gateway || reply.gateway->family == vip.address.family;
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

std::uint32_t advmss(const Reply& reply)
{
    const auto* bytes = std::get_if<std::uint16_t>(&reply.mss);
    return bytes == nullptr ? 0 : *bytes;
}

// Clients in the device's own networks are answered directly, everybody else by the gateway.
void want_routes(const Reply& reply, const std::string& device, Family family, const Host& host,
                 State& wanted)
{
    const auto table = reply_table(reply);
    const Prefix everywhere{{family, {}}, 0};
    wanted.insert(ReplyRoute{table, everywhere, reply.gateway, device, advmss(reply)});
    for (const auto& address : host.addresses) {
        if (address.device == device && !address.ours && address.prefix.address.family == family &&
            !is_host(address.prefix)) {
            wanted.insert(
                ReplyRoute{table, network(address.prefix), std::nullopt, device, advmss(reply)});
        }
    }
}

// What is there already: a link that is gone for a moment must not take the replies with it.
void keep_owned(std::uint32_t table, const Host& host, State& wanted)
{
    for (const auto& object : host.owned) {
        const auto* route = std::get_if<ReplyRoute>(&object);
        const auto* rule = std::get_if<ReplyRule>(&object);
        if ((route != nullptr && route->table == table) ||
            (rule != nullptr && rule->table == table)) {
            wanted.insert(object);
        }
    }
}

} // namespace

std::uint32_t reply_table(const Reply& reply)
{
    const auto text = (reply.gateway ? to_string(*reply.gateway) : std::string{}) + '|' +
                      reply.device + '|' + std::to_string(advmss(reply));
    std::uint32_t hash = 2'166'136'261U; // FNV-1a
    for (const auto byte : text) {
        hash = (hash ^ static_cast<std::uint8_t>(byte)) * 16'777'619U;
    }
    return first_table + hash % table_count;
}

void want_reply(const Role& role, const Host& host, Desired& desired)
{
    const auto& reply = role.reply;
    if (!reply.gateway && reply.device.empty()) {
        return;
    }
    const auto device = reply.device.empty() ? device_towards(*reply.gateway, host) : reply.device;
    if (auto why = obstacle(reply, device, host); !why.empty()) {
        desired.obstacles.push_back(std::move(why));
        keep_owned(reply_table(reply), host, desired.objects);
        return;
    }
    for (const auto& vip : role.vips) {
        if (answers_from(reply, vip)) {
            want_routes(reply, device, vip.address.family, host, desired.objects);
            desired.objects.insert(ReplyRule{vip, reply_table(reply)});
        }
    }
}

} // namespace rs
