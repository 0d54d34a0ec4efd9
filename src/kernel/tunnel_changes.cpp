#include "kernel/tunnel_changes.hpp"

#include "kernel/link.hpp"

#include <algorithm>
#include <cerrno>

namespace rs {
namespace {

bool is_as(const TunnelRecord& record, const TunnelDevice& tunnel)
{
    return record.plain && record.kind == tunnel.kind && record.local == tunnel.local &&
           record.remote == tunnel.remote && record.checksum == tunnel.checksum;
}

bool runs_between_ends_of(const TunnelDevice& tunnel, const TunnelRecord& record)
{
    return record.kind == tunnel.kind && record.local == tunnel.local &&
           record.remote == tunnel.remote;
}

netlink::Answer explained(netlink::Answer answer, TunnelKind kind)
{
    if (answer.error == EOPNOTSUPP) {
        answer.text = "this kernel has no " + std::string{to_string(kind)} +
                      " tunnels, or may not load their module";
    }
    return answer;
}

} // namespace

TunnelChanges::Found TunnelChanges::find(const std::string& name)
{
    Found found;
    const auto answer = socket_->ask(link_request(name), [&](const netlink::Message& message) {
        found.tunnel = decode_tunnel(message);
    });
    found.exists = answer.error == 0;
    return found;
}

netlink::Answer TunnelChanges::send(netlink::Request request)
{
    return socket_->ask(std::move(request));
}

// In one piece, so that nothing of ours can be left without its mark. The first refusal that
// matters is what the others followed from.
netlink::Answer TunnelChanges::send(DeviceRequests requests)
{
    netlink::Batch batch;
    for (std::size_t i = 0; i != requests.size(); ++i) {
        batch.append(*requests[i].request, i);
    }
    for (auto& failure : socket_->transact(batch)) {
        if (!requests[failure.tag].optional) {
            return std::move(failure.answer);
        }
    }
    return {};
}

netlink::Answer TunnelChanges::make(const TunnelDevice& tunnel)
{
    const auto answer = send(create(tunnel));
    if (answer.error != 0) {
        // Only what was made just now can have the name: creating it is exclusive.
        const auto made = answer.error == EEXIST ? Found{} : find(tunnel.name);
        if (made.tunnel) {
            static_cast<void>(send(remove_link(made.tunnel->link)));
        }
    }
    return explained(answer, tunnel.kind);
}

netlink::Answer TunnelChanges::carry_out(Step::Action action, const TunnelDevice& tunnel)
{
    return action == Step::Action::add ? add(tunnel) : remove(tunnel);
}

netlink::Answer TunnelChanges::add(const TunnelDevice& tunnel)
{
    const auto found = find(tunnel.name);
    if (!found.exists) {
        const auto answer = make(tunnel);
        return answer.error == EEXIST ? make_room(tunnel) : answer;
    }
    if (!found.tunnel || !is_ours(*found.tunnel)) {
        return {EEXIST, "there is a device of this name"};
    }
    if (found.tunnel->kind == tunnel.kind && send(change(tunnel, found.tunnel->link)).error == 0) {
        return {};
    }
    const auto removed = send(remove_link(found.tunnel->link));
    return removed.error != 0 ? removed : make(tunnel);
}

// The kernel allows one device for each pair of ends. It may be ours, down and under another name.
netlink::Answer TunnelChanges::make_room(const TunnelDevice& tunnel)
{
    const auto records =
        socket_->dump<TunnelRecord>("dump of links", link_dump_request(), decode_tunnel);
    const auto taken = std::ranges::find_if(
        records, [&](const TunnelRecord& record) { return runs_between_ends_of(tunnel, record); });
    if (taken == records.end()) {
        return {EEXIST, {}};
    }
    if (!is_ours(*taken)) {
        return {EEXIST, taken->name + " tunnels between these addresses"};
    }
    const auto removed = send(remove_link(taken->link));
    return removed.error != 0 ? removed : make(tunnel);
}

netlink::Answer TunnelChanges::remove(const TunnelDevice& tunnel)
{
    const auto found = find(tunnel.name);
    if (!found.tunnel || !is_ours(*found.tunnel) || !is_as(*found.tunnel, tunnel)) {
        return {};
    }
    return send(remove_link(found.tunnel->link));
}

netlink::Answer TunnelChanges::carry_out(Step::Action action, const FallbackDevice& fallback)
{
    return action == Step::Action::add ? add(fallback) : remove(fallback);
}

netlink::Answer TunnelChanges::add(const FallbackDevice& fallback)
{
    if (fallback.name != fallback_name(fallback.kind)) {
        return {EINVAL, "the kernel's own device is " + std::string{fallback_name(fallback.kind)}};
    }
    auto found = find(fallback.name);
    if (!found.exists) {
        const auto answer = send(load_module(fallback));
        found = find(fallback.name);
        if (!found.exists) {
            return explained(answer, fallback.kind);
        }
    }
    if (!found.tunnel || found.tunnel->kind != fallback.kind) {
        return {EEXIST, "there is a device of this name"};
    }
    return send(set_up(found.tunnel->link));
}

netlink::Answer TunnelChanges::remove(const FallbackDevice& fallback)
{
    const auto found = find(fallback.name);
    if (!found.tunnel || !is_ours(*found.tunnel) || found.tunnel->kind != fallback.kind) {
        return {};
    }
    return send(set_down(found.tunnel->link));
}

} // namespace rs
