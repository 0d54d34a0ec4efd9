#pragma once
#include "kernel/arp_script.hpp"
#include "kernel/netlink_socket.hpp"

#include <chrono>

namespace rs {

// The ARP guards of a network namespace: seen by nfnetlink, changed by libnftables. A table that
// somebody has tampered with guards nothing, until it is made anew.
class ArpGuards {
public:
    // The VIPs that are guarded, as far as it may be seen. Unless they are `wanted`, or were once,
    // a host that has no nf_tables is not made to load it. What was seen is remembered until the
    // namespace's ruleset is another one.
    [[nodiscard]] const std::set<Prefix>& observe(bool wanted);

    // Why none can be added; empty: as far as is known they can. It is forgotten after a while, so
    // that it is tried again.
    [[nodiscard]] const std::string& problem() const { return problem_; }

    // Whether the ruleset could be seen.
    [[nodiscard]] bool seen() const { return seen_.has_value(); }

    // Whether the ruleset is not the one that was seen last.
    [[nodiscard]] bool changed();

    // All of it or nothing; what went wrong, empty: nothing. Throws std::system_error.
    [[nodiscard]] std::string change(const std::set<Prefix>& added,
                                     const std::set<Prefix>& removed);

private:
    using Visitor = std::function<void(const netlink::Message&)>;
    [[nodiscard]] bool worth_a_look(bool wanted);
    [[nodiscard]] bool ask(netlink::Request request, const Visitor& visit);
    [[nodiscard]] std::optional<std::uint32_t> generation();
    void look();
    void look_at_table();
    void fail_for_now(const std::string& problem);

    std::optional<netlink::Socket> socket_;
    std::optional<std::uint32_t> seen_; // the generation of the ruleset that table_ is of
    ArpTable table_;
    bool looked_{};
    std::string problem_;
    std::chrono::steady_clock::time_point failed_;
};

} // namespace rs
