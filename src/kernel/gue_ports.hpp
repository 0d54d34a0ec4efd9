#pragma once
#include "kernel/netlink_socket.hpp"
#include "reconcile/plan.hpp"

#include <vector>

namespace rs {

// The GUE ports of a network namespace. Generic netlink is opened when it is first needed.
class GuePorts {
public:
    // Ours, in any order; none where the kernel's module fou is not there. It is never loaded for
    // this, nor looked for unless `search`: once found it is remembered.
    [[nodiscard]] std::vector<GuePort> observe(bool search);

    // To add what is there, or remove what is gone, is no error. The kernel does not load fou by
    // itself: without it nothing can be added.
    [[nodiscard]] netlink::Answer carry_out(Step::Action action, const GuePort& gue);

private:
    [[nodiscard]] netlink::Socket& socket();
    [[nodiscard]] std::vector<GuePort> dump();
    [[nodiscard]] bool find_family();
    [[nodiscard]] netlink::Answer add(const GuePort& gue);
    [[nodiscard]] netlink::Answer remove(const GuePort& gue);

    std::optional<netlink::Socket> socket_;
    std::optional<std::uint16_t> family_; // as last seen: it changes when the module comes again
};

} // namespace rs
