#pragma once
#include "kernel/arp_guards.hpp"
#include "kernel/gue_ports.hpp"
#include "kernel/ledger.hpp"
#include "kernel/netlink_socket.hpp"
#include "kernel/sysctl_files.hpp"
#include "kernel/tunnel_record.hpp"
#include "reconcile/kernel.hpp"

#include <set>
#include <tuple>

namespace rs {

// The network namespace that the constructing thread is in. Not to be shared between threads.
class LinuxKernel : public Kernel {
public:
    // Without a ledger, which is enough to observe (as any user); sysctls cannot be applied then.
    LinuxKernel();
    // The ledger stands in `runtime_directory`. Throws std::system_error.
    explicit LinuxKernel(const std::filesystem::path& runtime_directory);

    void look_out(Outlook outlook) override { outlook_ = std::move(outlook); }

    [[nodiscard]] Host observe() override;
    [[nodiscard]] std::vector<Refusal> apply(std::span<const Step> batch) override;

    // The audit of what decides about ARP: whether a value differs from the last observe(). Costs
    // one read a file, changed or not.
    [[nodiscard]] bool arp_values_changed() const { return sysctls_.changed(); }

    // The same for the ARP guards. Costs one question, however many there are.
    [[nodiscard]] bool arp_guards_changed() { return arp_guards_.changed(); }

    // For the monitor.
    [[nodiscard]] bool looks_at_main_table() const { return outlook_.main_table; }

    [[nodiscard]] bool looks_at_ruleset() const { return arp_guards_.seen(); }

    [[nodiscard]] SysctlFiles& sysctl_files() { return sysctls_; }

    // What was wrong with the ledger found at start; empty: nothing.
    [[nodiscard]] const std::string& ledger_problem() const { return ledger_.problem(); }

private:
    class Application;
    // A route of ours stands alone with its table, destination and metric.
    using ReplyKey = std::tuple<std::uint32_t, Prefix, std::uint32_t>;
    [[nodiscard]] static ReplyKey key_of(const ReplyRoute& route);

    void look_at_links();
    void observe_tunnels(Host& host);
    void observe_main_routes(Host& host, Family family);
    void observe_paths(Host& host);
    void observe_proxies(Host& host);
    void observe_addresses(Host& host, Family family);
    void observe_routes(Host& host, Family family);
    void observe_rules(Host& host, Family family);
    void observe_sysctls(Host& host);
    void observe_arp_guards(Host& host);
    void settle_ledger(const Host& host);
    [[nodiscard]] std::optional<int> index_of(const std::string& device);

    netlink::Socket socket_{NETLINK_ROUTE};
    SysctlFiles sysctls_;
    Ledger ledger_;
    bool ledger_settled_ = false;
    Outlook outlook_;
    ArpGuards arp_guards_;
    GuePorts gue_ports_;
    bool looked_for_gue_ = false; // what a former process left is to be found, whatever is wanted
    std::vector<Link> links_;     // as last seen, by index
    std::vector<TunnelRecord> tunnels_;
    std::set<ReplyKey> replies_; // ours, as last seen
};

} // namespace rs
