#include "ctl/terminal.hpp"

#include <langinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace rs::ctl {
namespace {

std::string_view escape(Tone tone)
{
    switch (tone) {
    case Tone::good:
        return "\x1b[32m";
    case Tone::busy:
        return "\x1b[33m";
    case Tone::bad:
        return "\x1b[1;31m";
    case Tone::faint:
        return "\x1b[2m";
    case Tone::heading:
        return "\x1b[4m";
    case Tone::plain:
        break;
    }
    return {};
}

std::vector<std::size_t> column_widths(const std::vector<Row>& rows)
{
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], row[column].text.size());
        }
    }
    return widths;
}

bool environment_has(const char* name)
{
    const auto* value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

} // namespace

std::string painted(std::string_view text, Tone tone, const Look& look)
{
    const auto start = look.color && !text.empty() ? escape(tone) : std::string_view{};
    return start.empty() ? std::string{text} : std::string{start} + std::string{text} + "\x1b[0m";
}

std::string printable(std::string_view text)
{
    std::string result{text};
    std::ranges::replace_if(
        result, [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; }, '?');
    return result;
}

std::string table(const std::vector<Row>& rows, const Look& look)
{
    const auto widths = column_widths(rows);
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column) {
            const auto& cell = row[column];
            const std::string padding(widths[column] - cell.text.size(), ' ');
            const auto word = painted(cell.text, cell.tone, look);
            line += (column == 0 ? "" : "  ") + (cell.right ? padding + word : word + padding);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

bool is_terminal()
{
    const auto* kind = std::getenv("TERM");
    return isatty(STDOUT_FILENO) == 1 && (kind == nullptr || std::string_view{kind} != "dumb");
}

Look look_of_output(Color color, bool legend)
{
    Look look;
    look.legend = legend;
    look.color = color == Color::always ||
                 (color == Color::automatic && is_terminal() && !environment_has("NO_COLOR"));
    const auto* codes = nl_langinfo(CODESET);
    look.unicode = std::string_view{codes} == "UTF-8";
    return look;
}

} // namespace rs::ctl
