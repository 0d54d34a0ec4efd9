#include "config/command_line.hpp"
#include "config/role_parts.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace rs {
namespace {

constexpr std::array<std::string_view, 4> type_words{"tcp", "http", "unit", "exec"};
constexpr std::array<std::string_view, 2> on_failure_words{"unhealthy", "report"};
constexpr Range<std::chrono::microseconds> times{std::chrono::milliseconds{100},
                                                 std::chrono::hours{1}};
constexpr Range<std::int64_t> counts{1, 100};
constexpr std::size_t longest_target = 4096;
constexpr std::size_t longest_expect = 1024;
constexpr std::array<std::string_view, 5> unit_types{".service", ".socket", ".target", ".mount",
                                                     ".timer"};

bool has_control(std::string_view text)
{
    return std::ranges::any_of(text, [](char byte) {
        const auto code = static_cast<unsigned char>(byte);
        return code < 0x20 || code == 0x7f;
    });
}

// "http://HOST…" or "https://HOST…": no user name, whose password everybody could read in the
// status.
bool is_url(std::string_view text)
{
    const auto start = text.find("://");
    const auto scheme = text.substr(0, start);
    if (start == std::string_view::npos || (scheme != "http" && scheme != "https") ||
        text.find_first_of(" \\\"") != std::string_view::npos) {
        return false;
    }
    const auto rest = text.substr(start + 3);
    const auto host = rest.substr(0, rest.find_first_of("/?#"));
    return !host.empty() && !host.starts_with(':') && host.find('@') == std::string_view::npos;
}

bool is_command(std::string_view text)
{
    const auto words = split_words(text);
    return words && words->front().starts_with('/') && !words->front().ends_with('/');
}

bool ends_with_any(std::string_view text, std::span<const std::string_view> ends)
{
    return std::ranges::any_of(ends, [&](std::string_view end) { return text.ends_with(end); });
}

// As systemctl completes a name; units of a type that nobody checks stay as they are.
std::string unit_name(std::string_view text)
{
    constexpr std::array<std::string_view, 6> others{".automount", ".device", ".path",
                                                     ".scope",     ".slice",  ".swap"};
    const bool whole = ends_with_any(text, unit_types) || ends_with_any(text, others);
    return std::string{text} + (whole || text.empty() ? "" : ".service");
}

// As systemd's unit_name_is_valid.
bool is_unit(std::string_view text)
{
    const auto good = [](char byte) {
        constexpr std::string_view others = ":-_.\\@";
        return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
               (byte >= 'A' && byte <= 'Z') || others.find(byte) != std::string_view::npos;
    };
    // A template ("web@.service") never runs, only its instances do.
    const auto stem = text.substr(0, text.rfind('.'));
    return text.size() < 256 && std::ranges::all_of(text, good) &&
           ends_with_any(text, unit_types) && !stem.empty() && !stem.starts_with('@') &&
           !stem.ends_with('@');
}

bool fits(CheckType type, std::string_view target)
{
    if (has_control(target) || target.size() > longest_target) {
        return false;
    }
    switch (type) {
    case CheckType::tcp:
        return parse_endpoint(target).has_value();
    case CheckType::http:
        return is_url(target);
    case CheckType::unit:
        return is_unit(unit_name(target));
    case CheckType::exec:
        break;
    }
    return is_command(target);
}

std::string_view example(CheckType type)
{
    constexpr std::array<std::string_view, 4> examples{
        R"(ADDRESS:PORT like "127.0.0.1:80")", R"(an URL like "http://127.0.0.1/health")",
        R"(a unit like "nginx.service")", R"(a command line like "/usr/bin/test -e /run/ready")"};
    return examples.at(static_cast<std::size_t>(type));
}

// True if the type is known.
bool read_target(TableReader& reader, Check& check)
{
    const bool known = reader.choice("type", type_words, check.type);
    reader.require("type", "expected " + one_of(type_words));
    const auto target = reader.text("target", known ? example(check.type) : "a string");
    reader.require("target", known ? "expected " + std::string{example(check.type)}
                                   : "expected what to check");
    if (known && target && !fits(check.type, target->text)) {
        reader.note("target", in_quotes(target->text) + " cannot be checked",
                    "expected " + std::string{example(check.type)});
    }
    check.target = target ? target->text : "";
    if (known && check.type == CheckType::unit) {
        check.target = unit_name(check.target);
    }
    return known;
}

void read_expect(TableReader& reader, bool type_known, Check& check)
{
    const auto text = reader.text("expect", "the text that the answer must contain");
    if (!text || !type_known) {
        return;
    }
    if (check.type != CheckType::http) {
        reader.note("expect", "has no meaning here", R"(only for type = "http")");
    } else if (text->text.empty() || text->text.size() > longest_expect) {
        reader.note(
            "expect", text->text.empty() ? "is empty" : "is too long",
            "expected a text of 1 to 1024 bytes that the answer must contain, or leave it out");
    }
    check.expect = text->text;
}

void read_count(TableReader& reader, std::string_view key, unsigned& into)
{
    std::optional<std::int64_t> count;
    reader.integer(key, counts, count);
    into = count ? static_cast<unsigned>(*count) : into;
}

Check read_check(TableReader& reader)
{
    Check check;
    const bool type_known = read_target(reader, check);
    read_expect(reader, type_known, check);
    reader.duration("interval", times, check.interval);
    reader.duration("timeout", times, check.timeout);
    if (check.timeout > check.interval) {
        reader.note(reader.has("timeout") ? "timeout" : "interval",
                    "the timeout of " + to_string(check.timeout) +
                        " is longer than the interval of " + to_string(check.interval),
                    "expected the next check to start after this one ends");
    }
    read_count(reader, "rise", check.rise);
    read_count(reader, "fall", check.fall);
    reader.choice("on_failure", on_failure_words, check.on_failure);
    reader.finish();
    return check;
}

} // namespace

void read_checks(TableReader& reader, DraftRole& draft)
{
    for (auto& check : reader.tables("check")) {
        draft.role.checks.push_back(read_check(check));
    }
}

} // namespace rs
