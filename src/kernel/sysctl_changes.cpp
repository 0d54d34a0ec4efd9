#include "kernel/sysctl_changes.hpp"

#include "kernel/sysctl.hpp"

#include <cerrno>

namespace rs {

SysctlChanges::SysctlChanges(Ledger& ledger, std::span<const Step> batch, const IndexOf& index_of)
    : ledger_{&ledger},
      batch_{batch},
      index_of_{&index_of},
      before_batch_{ledger.entries()},
      entries_{ledger.entries()}
{
    auto any = false;
    for (const auto& step : batch) {
        const auto* sysctl = std::get_if<Sysctl>(&step.object);
        any = any || sysctl != nullptr;
        if (sysctl != nullptr && step.action == Step::Action::add) {
            note(*sysctl);
        }
    }
    if (any) {
        ledger.store(entries_);
    }
}

std::optional<LedgerKey> SysctlChanges::key_of(const Sysctl& sysctl) const
{
    if (sysctl.device == "all") {
        return LedgerKey{0, sysctl.key};
    }
    const auto link = (*index_of_)(sysctl.device);
    return link ? std::optional{LedgerKey{*link, sysctl.key}} : std::nullopt;
}

// The value found first stays the one to put back, however often it is repaired meanwhile; unless
// somebody else chose the very value that is wanted now: then that is what stays at the end.
void SysctlChanges::note(const Sysctl& sysctl)
{
    const auto key = key_of(sysctl);
    const auto now = read_sysctl(sysctl.device, sysctl.key);
    if (key && now) {
        const LedgerValue found{*now, *now};
        auto& entry = entries_.try_emplace(*key, found).first->second;
        if (*now == sysctl.value && entry.set != *now) {
            entry = found;
        }
        entry.set = sysctl.value;
    }
}

netlink::Answer SysctlChanges::carry_out(const Step& step)
{
    const auto& sysctl = std::get<Sysctl>(step.object);
    const auto error = step.action == Step::Action::add ? add(sysctl) : remove(sysctl);
    return {error, error == EROFS ? "/proc/sys is read-only here, as in a container: "
                                    "mount it read-write, or run on the host"
                                  : ""};
}

void SysctlChanges::note_new_devices()
{
    for (const auto& step : batch_) {
        const auto* sysctl = std::get_if<Sysctl>(&step.object);
        const auto key = sysctl == nullptr ? std::nullopt : key_of(*sysctl);
        if (key && step.action == Step::Action::add && !entries_.contains(*key)) {
            note(*sysctl);
        }
    }
    ledger_->store(entries_);
}

int SysctlChanges::add(const Sysctl& sysctl)
{
    const auto key = key_of(sysctl);
    if (key && !entries_.contains(*key)) {
        note_new_devices();
    }
    if (!key || !entries_.contains(*key)) {
        return ENODEV;
    }
    const auto error = write_sysctl(sysctl.device, sysctl.key, sysctl.value);
    if (error == 0) {
        entries_[*key].set = sysctl.value;
    } else if (const auto old = before_batch_.find(*key); old != before_batch_.end()) {
        entries_[*key] = old->second;
    } else {
        entries_.erase(*key);
    }
    return error == ENOENT ? ENODEV : error;
}

int SysctlChanges::remove(const Sysctl& sysctl)
{
    const auto key = key_of(sysctl);
    const auto entry = key ? entries_.find(*key) : entries_.end();
    if (entry == entries_.end() || entry->second.set != sysctl.value) {
        return 0; // gone with its device, or another value took its place
    }
    const auto now = look_up_sysctl(sysctl.device, sysctl.key);
    if (now.error != 0 && now.error != ENOENT) {
        return now.error;
    }
    if (now.error == 0 && now.value == sysctl.value) {
        const auto error = write_sysctl(sysctl.device, sysctl.key, entry->second.before);
        if (error != 0 && error != ENOENT) {
            return error;
        }
    }
    entries_.erase(entry);
    return 0;
}

void SysctlChanges::finish()
{
    ledger_->store(entries_);
}

} // namespace rs
