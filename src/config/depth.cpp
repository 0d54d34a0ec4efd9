#include "config/depth.hpp"

#include <algorithm>
#include <array>

namespace rs {
namespace {

constexpr std::size_t most_parts = 16;

// A long string may end in up to two quotes of its own.
std::size_t closing_length(std::string_view text, char quote, std::size_t delimiter)
{
    const auto end = text.substr(0, delimiter == 3 ? delimiter + 2 : delimiter);
    return std::min(end.find_first_not_of(quote), end.size());
}

std::size_t string_length(std::string_view text)
{
    const auto quote = text.front();
    const std::array three{quote, quote, quote};
    const std::string_view long_quote{three.data(), three.size()};
    const auto delimiter = text.starts_with(long_quote) ? long_quote : long_quote.substr(0, 1);
    for (auto i = delimiter.size(); i < text.size(); ++i) {
        if (text.substr(i).starts_with(delimiter)) {
            return i + closing_length(text.substr(i), quote, delimiter.size());
        }
        if (quote == '"' && text[i] == '\\') {
            ++i;
        }
    }
    return text.size();
}

// What starts at the front of `text`: a comment, a string or a single character.
std::size_t token_length(std::string_view text)
{
    switch (text.front()) {
    case '#':
        return std::min(text.find('\n'), text.size());
    case '"':
    case '\'':
        return string_length(text);
    default:
        return 1;
    }
}

Position position(std::string_view before)
{
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const auto column = before.size() - (before.rfind('\n') + 1); // npos + 1 is 0
    return {static_cast<unsigned>(lines) + 1, static_cast<unsigned>(column) + 1};
}

} // namespace

std::optional<Position> too_deep(std::string_view text)
{
    std::size_t dots = 0;
    for (std::size_t i = 0; i < text.size(); i += token_length(text.substr(i))) {
        if (text[i] == '.') {
            ++dots;
        } else if (std::string_view{"=,[]{}\n"}.find(text[i]) != std::string_view::npos) {
            dots = 0;
        }
        if (dots == most_parts) {
            return position(text.substr(0, i));
        }
    }
    return std::nullopt;
}

} // namespace rs
