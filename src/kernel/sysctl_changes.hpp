#pragma once
#include "kernel/ledger.hpp"
#include "kernel/netlink_message.hpp"
#include "reconcile/plan.hpp"

#include <functional>
#include <span>

namespace rs {

// The sysctls of one batch of steps: noted in the ledger, carried out, and struck off the ledger.
class SysctlChanges {
public:
    // The index of a device by its name; none when there is no such device.
    using IndexOf = std::function<std::optional<int>(const std::string&)>;

    // Notes what the batch is going to change, in one write, before anything is changed; but what
    // belongs to devices that the batch itself makes, once the first of them is there.
    // Throws std::system_error when the ledger cannot be written.
    SysctlChanges(Ledger& ledger, std::span<const Step> batch, const IndexOf& index_of);

    // When it is refused, nothing was changed.
    [[nodiscard]] netlink::Answer carry_out(const Step& step);

    // Strikes off what was put back or refused, in one write. Throws std::system_error.
    void finish();

private:
    [[nodiscard]] std::optional<LedgerKey> key_of(const Sysctl& sysctl) const;
    void note(const Sysctl& sysctl);
    void note_new_devices();
    [[nodiscard]] int add(const Sysctl& sysctl);
    [[nodiscard]] int remove(const Sysctl& sysctl);

    Ledger* ledger_;
    std::span<const Step> batch_;
    const IndexOf* index_of_;
    LedgerEntries before_batch_;
    LedgerEntries entries_;
};

} // namespace rs
