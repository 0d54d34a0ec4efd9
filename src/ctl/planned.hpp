#pragma once
#include "kernel/ledger.hpp"
#include "model/role.hpp"
#include "model/state.hpp"

namespace rs::ctl {

// One step of the daemon's plan, as the command that does the same.
struct Planned {
    std::string role;   // the only one that wants it; empty: several, or none any more
    std::string action; // "add" or "remove"
    std::string object;
    std::string command;
    auto operator<=>(const Planned&) const = default;
};

// A kernel without its ledger does not know which sysctls are the daemon's: those of `ledger` that
// still have the value it set.
void add_owned_sysctls(Host& host, const LedgerEntries& ledger);

// What would make `host` as `config` wants it, in order. A sysctl that has its value already needs
// no command, though the daemon would note it in its ledger.
[[nodiscard]] std::vector<Planned> planned(const Config& config, const Host& host,
                                           const LedgerEntries& ledger);

} // namespace rs::ctl
