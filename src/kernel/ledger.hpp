#pragma once
#include "util/unique_fd.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rs {

// What a sysctl is known by: a renamed device keeps its entry, one made anew under the same name
// has none.
struct LedgerKey {
    int link{}; // index of the device; 0: "all"
    std::string key;
    auto operator<=>(const LedgerKey&) const = default;
};

struct LedgerValue {
    int before{}; // found there when we first changed it
    int set{};    // ours
    auto operator<=>(const LedgerValue&) const = default;
};

using LedgerEntries = std::map<LedgerKey, LedgerValue>;

// Where the entries hold: one boot of the machine and one network namespace.
struct Epoch {
    std::string boot;
    std::string network;
    auto operator<=>(const Epoch&) const = default;
};

[[nodiscard]] Epoch current_epoch();

// The file: "realserverd-ledger 1 BOOT NETWORK", a line "INDEX KEY BEFORE SET" each, "end".
[[nodiscard]] std::string format_ledger(const Epoch& epoch, const LedgerEntries& entries);

struct ParsedLedger {
    LedgerEntries entries; // none of another epoch, and none at all of a file with a problem
    std::string problem;
};

[[nodiscard]] ParsedLedger parse_ledger(std::string_view text, const Epoch& epoch);

// The sysctls we changed and what was there before, in the file DIRECTORY/ledger. One that cannot
// be read, as of a later version, is kept as ledger.unknown, the first of several, before another
// takes its place; the first version that can read that has its values again.
class Ledger {
public:
    // None: empty, and refuses to note anything (EROFS).
    Ledger() = default;
    // Throws std::system_error for an unusable directory. An unreadable file is a problem(), and
    // nothing is restored from it: a guess may be worse than what is there.
    explicit Ledger(const std::filesystem::path& directory);

    [[nodiscard]] const LedgerEntries& entries() const { return entries_; }

    // Atomic, on disk when it returns. Throws std::system_error, and then nothing changed.
    void store(const LedgerEntries& entries);

    // Forgets without writing: the next store() makes it last.
    template <typename Predicate>
    void forget_if(Predicate predicate)
    {
        std::erase_if(entries_, predicate);
    }

    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    // None: there is no such file, or a problem().
    std::optional<LedgerEntries> load(const std::string& name);

    std::filesystem::path path_;
    UniqueFd directory_;
    Epoch epoch_;
    LedgerEntries entries_;
    LedgerEntries stored_;
    std::string problem_;
    bool unknown_ = false;    // stands in place of the ledger still
    bool taken_back_ = false; // what was kept: the next store() makes it last
};

} // namespace rs
