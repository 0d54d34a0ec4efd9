#include "config/mistake.hpp"

namespace rs {
namespace {

std::string escaped(unsigned char byte)
{
    constexpr std::string_view digits = "0123456789abcdef";
    return {'\\', 'x', digits[byte >> 4U], digits[byte & 0xfU]};
}

bool continues_code_point(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80;
}

} // namespace

std::string printable(std::string_view text, std::size_t most)
{
    auto end = text.size();
    if (end > most) {
        end = most;
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

std::string in_quotes(std::string_view text)
{
    return '"' + printable(text) + '"';
}

std::string to_string(Position position)
{
    return std::to_string(position.line) + ':' + std::to_string(position.column);
}

std::string to_string(const Mistake& mistake)
{
    auto line = mistake.file + ": ";
    if (mistake.at.line != 0) {
        line = mistake.file + ':' + to_string(mistake.at) + ": " + mistake.key + ": ";
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
