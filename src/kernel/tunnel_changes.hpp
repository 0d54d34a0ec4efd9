#pragma once
#include "kernel/netlink_socket.hpp"
#include "kernel/tunnel.hpp"
#include "kernel/tunnel_record.hpp"
#include "reconcile/plan.hpp"

namespace rs {

// Carries out steps on devices; devices of others are left as they are.
class TunnelChanges {
public:
    // `socket` (NETLINK_ROUTE) must outlive this.
    explicit TunnelChanges(netlink::Socket& socket) : socket_{&socket} {}

    // What is ours and differs, or is down, is put right where it stands, and replaced if that is
    // refused. EEXIST: a device of somebody else has the name, or tunnels between these addresses.
    // Only a device that is as the step says is removed: another may have its name by now.
    [[nodiscard]] netlink::Answer carry_out(Step::Action action, const TunnelDevice& tunnel);
    [[nodiscard]] netlink::Answer carry_out(Step::Action action, const FallbackDevice& fallback);

private:
    // The device of that name, if there is one.
    struct Found {
        bool exists = false;
        std::optional<TunnelRecord> tunnel; // none: of another kind
    };

    [[nodiscard]] Found find(const std::string& name);
    [[nodiscard]] netlink::Answer send(DeviceRequests requests);
    [[nodiscard]] netlink::Answer send(netlink::Request request);
    [[nodiscard]] netlink::Answer make(const TunnelDevice& tunnel);
    [[nodiscard]] netlink::Answer add(const TunnelDevice& tunnel);
    [[nodiscard]] netlink::Answer make_room(const TunnelDevice& tunnel);
    [[nodiscard]] netlink::Answer remove(const TunnelDevice& tunnel);
    [[nodiscard]] netlink::Answer add(const FallbackDevice& fallback);
    [[nodiscard]] netlink::Answer remove(const FallbackDevice& fallback);

    netlink::Socket* socket_;
};

} // namespace rs
