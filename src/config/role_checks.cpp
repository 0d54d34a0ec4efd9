#include "config/role_parts.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <array>

namespace rs {
namespace {

constexpr std::array<std::string_view, 4> type_words{"tcp", "http", "unit", "exec"};
constexpr Range<std::chrono::microseconds> times{std::chrono::milliseconds{100},
                                                 std::chrono::hours{1}};
constexpr Range<std::int64_t> counts{1, 100};

bool has_control(std::string_view text)
{
    return std::ranges::any_of(text, [](char byte) {
        const auto code = static_cast<unsigned char>(byte);
        return code < 0x20 || code == 0x7f;
    });
}

bool is_url(std::string_view text)
{
    constexpr std::string_view scheme = "http://";
    return text.starts_with(scheme) && text.size() > scheme.size() && text[scheme.size()] != '/' &&
           text.find(' ') == std::string_view::npos;
}

// As systemd's unit_name_is_valid, without unit types nobody checks.
bool is_unit(std::string_view text)
{
    constexpr std::array<std::string_view, 5> types{".service", ".socket", ".target", ".mount",
                                                    ".timer"};
    const auto good = [](char byte) {
        constexpr std::string_view others = ":-_.\\@";
        return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
               (byte >= 'A' && byte <= 'Z') || others.find(byte) != std::string_view::npos;
    };
    return text.size() < 256 && std::ranges::all_of(text, good) &&
           std::ranges::any_of(types, [&](std::string_view type) {
               return text.ends_with(type) && text.size() > type.size();
           });
}

bool fits(CheckType type, std::string_view target)
{
    if (has_control(target)) {
        return false;
    }
    switch (type) {
    case CheckType::tcp:
        return parse_endpoint(target).has_value();
    case CheckType::http:
        return is_url(target);
    case CheckType::unit:
        return is_unit(target);
    case CheckType::exec:
        break;
    }
    return target.starts_with('/');
}

std::string_view example(CheckType type)
{
    constexpr std::array<std::string_view, 4> examples{
        R"(ADDRESS:PORT like "127.0.0.1:80")", R"(an URL like "http://127.0.0.1/health")",
        R"(a unit like "nginx.service")", R"(a command line like "/usr/bin/test -e /run/ready")"};
    return examples.at(static_cast<std::size_t>(type));
}

void read_target(TableReader& reader, Check& check)
{
    const bool known = reader.choice("type", type_words, check.type);
    reader.require("type", "expected " + one_of(type_words));
    const auto target = reader.text("target", known ? example(check.type) : "a string");
    reader.require("target", known ? "expected " + std::string{example(check.type)}
                                   : "expected what to check");
    if (known && target && !fits(check.type, target->text)) {
        reader.note("target", quoted(target->text) + " cannot be checked",
                    "expected " + std::string{example(check.type)});
    }
    check.target = target ? target->text : "";
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
    read_target(reader, check);
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
    reader.finish();
    return check;
}

} // namespace

void read_checks(TableReader& reader, DraftRole& draft)
{
    for (auto& check : reader.tables("check")) {
        reader.note("check", check.at(), "is" + std::string{not_supported}, "leave it out");
        draft.role.checks.push_back(read_check(check));
    }
}

} // namespace rs
