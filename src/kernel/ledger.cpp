#include "kernel/ledger.hpp"

#include "kernel/failure.hpp"
#include "kernel/runtime_directory.hpp"
#include "util/atomic_file.hpp"

#include <cstdio>
#include <fstream>
#include <optional>

namespace rs {
namespace {

const std::string file_name = "ledger";         // NOLINT(cert-err58-cpp): too short to allocate
const std::string kept_name = "ledger.unknown"; // NOLINT(cert-err58-cpp): the same

// An unreadable file of before stays: it is nearest to what was there before us.
void keep_aside(int directory)
{
    if (::renameat2(directory, file_name.c_str(), directory, kept_name.c_str(), RENAME_NOREPLACE) !=
            0 &&
        errno != EEXIST && errno != ENOENT) {
        fail("ledger: the one that cannot be read cannot be kept");
    }
}

// What a process found that could not read `kept` was ours, unless somebody had changed it.
void take_back(const LedgerEntries& kept, LedgerEntries& entries)
{
    for (const auto& [key, value] : kept) {
        auto& entry = entries.try_emplace(key, value).first->second;
        if (entry.before == value.set) {
            entry.before = value.before;
        }
    }
}

} // namespace

Epoch current_epoch()
{
    Epoch epoch;
    std::ifstream{"/proc/sys/kernel/random/boot_id"} >> epoch.boot;
    std::error_code error;
    epoch.network = std::filesystem::read_symlink("/proc/self/ns/net", error).string();
    if (epoch.boot.empty() || epoch.network.empty()) {
        fail("/proc: neither boot_id nor network namespace can be told", ENOENT);
    }
    return epoch;
}

Ledger::Ledger(const std::filesystem::path& directory)
    : path_{directory}, directory_{open_runtime_directory(directory)}, epoch_{current_epoch()}
{
    if (auto entries = load(file_name)) {
        stored_ = entries_ = std::move(*entries);
    }
    unknown_ = !problem_.empty();
    if (unknown_) {
        problem_ += ", and it is kept as " + kept_name;
    } else if (const auto kept = load(kept_name)) {
        take_back(*kept, entries_);
        taken_back_ = true;
    }
}

std::optional<LedgerEntries> Ledger::load(const std::string& name)
{
    std::string problem;
    try {
        const auto text = read_regular(directory_.value(), name);
        if (!text) {
            return std::nullopt;
        }
        auto parsed = parse_ledger(*text, epoch_);
        if (parsed.problem.empty()) {
            return std::move(parsed.entries);
        }
        problem = std::move(parsed.problem);
    } catch (const std::system_error& error) {
        problem = error.what();
    }
    problem_ = (path_ / name).string() + ": " + problem + "; nothing is restored from it";
    return std::nullopt;
}

void Ledger::store(const LedgerEntries& entries)
{
    if (entries != stored_ || taken_back_) {
        if (!directory_) {
            fail("ledger: there is no directory for it", EROFS);
        }
        if (unknown_) {
            keep_aside(directory_.value());
            unknown_ = false;
        }
        replace_file(directory_.value(), file_name, format_ledger(epoch_, entries));
        if (taken_back_) {
            ::unlinkat(directory_.value(), kept_name.c_str(), 0);
            taken_back_ = false;
        }
        stored_ = entries;
    }
    entries_ = entries;
}

} // namespace rs
