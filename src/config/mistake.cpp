#include "config/mistake.hpp"

#include <array>

namespace rs {
namespace {

constexpr std::size_t longest = 80; // bytes of the user's text that are repeated

std::string escaped(unsigned char byte)
{
    constexpr std::string_view digits = "0123456789abcdef";
    return {'\\', 'x', digits[byte >> 4U], digits[byte & 0xfU]};
}

bool continues_code_point(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80; }

} // namespace

std::string printable(std::string_view text)
{
    auto end = text.size();
    if (end > longest) {
        end = longest;
        while (end != 0 && continues_code_point(text[end])) {
            --end;
        }
    }
    std::string result;
    for (const auto byte : text.substr(0, end)) {
        const auto code = static_cast<unsigned char>(byte);
        if (byte == '\n') {
            result += "\\n";
        } else if (code < 0x20 || code == 0x7f) {
            result += escaped(code);
        } else {
            result += byte;
        }
    }
    return end == text.size() ? result : result + "...";
}

std::string quoted(std::string_view text) { return '"' + printable(text) + '"'; }

std::string to_string(const Mistake& mistake)
{
    auto line = mistake.file + ": ";
    if (mistake.at.line != 0) {
        line = mistake.file + ':' + std::to_string(mistake.at.line) + ':' +
               std::to_string(mistake.at.column) + ": " + mistake.key + ": ";
    }
    return line + mistake.what + "; " + mistake.allowed;
}

std::string to_string(const Mistakes& mistakes)
{
    std::string lines;
    for (const auto& mistake : mistakes) {
        lines += (lines.empty() ? "" : "\n") + to_string(mistake);
    }
    return lines;
}

} // namespace rs
