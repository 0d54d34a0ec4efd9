#include "kernel/ledger.hpp"

#include <charconv>
#include <optional>
#include <vector>

namespace rs {
namespace {

constexpr std::string_view title = "realserverd-ledger 1 ";
constexpr std::string_view last_line = "end";

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (auto stop = text.find(separator); stop != std::string_view::npos;
         stop = text.find(separator)) {
        parts.push_back(text.substr(0, stop));
        text.remove_prefix(stop + 1);
    }
    parts.push_back(text);
    return parts;
}

std::optional<int> number(std::string_view text)
{
    int value{};
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && stop == end ? std::optional{value} : std::nullopt;
}

bool is_key(std::string_view text)
{
    return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
                                std::string_view::npos;
}

// "INDEX KEY BEFORE SET"; false: not so, or the second of its name.
bool parse_entry(std::string_view line, LedgerEntries& entries)
{
    const auto words = split(line, ' ');
    if (words.size() != 4 || !is_key(words[1])) {
        return false;
    }
    const auto link = number(words[0]);
    const auto before = number(words[2]);
    const auto set = number(words[3]);
    if (!link || *link < 0 || !before || !set) {
        return false;
    }
    return entries.emplace(LedgerKey{*link, std::string{words[1]}}, LedgerValue{*before, *set})
        .second;
}

std::string heading(const Epoch& epoch)
{
    return std::string{title} + epoch.boot + ' ' + epoch.network;
}

} // namespace

std::string format_ledger(const Epoch& epoch, const LedgerEntries& entries)
{
    auto text = heading(epoch) + '\n';
    for (const auto& [key, value] : entries) {
        text += std::to_string(key.link) + ' ' + key.key + ' ' + std::to_string(value.before) +
                ' ' + std::to_string(value.set) + '\n';
    }
    return text.append(last_line) += '\n';
}

ParsedLedger parse_ledger(std::string_view text, const Epoch& epoch)
{
    const auto lines = split(text, '\n');
    if (!lines.front().starts_with(title)) {
        return {{}, "line 1: not a ledger of this version"};
    }
    if (lines.front() != heading(epoch)) {
        return {}; // of another boot or namespace: the values it speaks of are gone
    }
    if (lines.size() < 3 || lines[lines.size() - 2] != last_line || !lines.back().empty()) {
        return {{}, "does not end with '" + std::string{last_line} + "': truncated"};
    }
    ParsedLedger parsed;
    for (std::size_t i = 1; i != lines.size() - 2; ++i) {
        if (!parse_entry(lines[i], parsed.entries)) {
            return {{}, "line " + std::to_string(i + 1) + ": not INDEX KEY BEFORE SET"};
        }
    }
    return parsed;
}

} // namespace rs
