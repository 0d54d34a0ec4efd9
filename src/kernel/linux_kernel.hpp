#pragma once
#include "kernel/ledger.hpp"
#include "kernel/netlink_socket.hpp"
#include "kernel/sysctl_files.hpp"
#include "reconcile/kernel.hpp"

namespace rs {

// The network namespace that the constructing thread is in. Not to be shared between threads.
class LinuxKernel : public Kernel {
public:
    // Without a ledger, which is enough to observe (as any user); sysctls cannot be applied then.
    LinuxKernel();
    // The ledger stands in `runtime_directory`. Throws std::system_error.
    explicit LinuxKernel(const std::filesystem::path& runtime_directory);

    [[nodiscard]] Host observe() override;
    [[nodiscard]] std::vector<Refusal> apply(std::span<const Step> batch) override;

    // The audit of what decides about ARP: whether a value differs from the last observe(). Costs
    // one read a file, changed or not.
    [[nodiscard]] bool arp_values_changed() const { return sysctls_.changed(); }

    // For the monitor.
    [[nodiscard]] SysctlFiles& sysctl_files() { return sysctls_; }

    // What was wrong with the ledger found at start; empty: nothing.
    [[nodiscard]] const std::string& ledger_problem() const { return ledger_.problem(); }

private:
    class Application;
    [[nodiscard]] std::vector<Link> dump_links();
    void observe_addresses(Host& host, Family family);
    void observe_routes(Host& host, Family family);
    void observe_rules(Host& host, Family family);
    void observe_sysctls(Host& host);
    void settle_ledger(const Host& host);
    [[nodiscard]] std::optional<int> index_of(const std::string& device);

    netlink::Socket socket_{NETLINK_ROUTE};
    SysctlFiles sysctls_;
    Ledger ledger_;
    bool ledger_settled_ = false;
    std::vector<Link> links_; // as last seen, by index
};

} // namespace rs
