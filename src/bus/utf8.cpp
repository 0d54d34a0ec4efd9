#include "bus/utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace rs {
namespace {

bool is_continuation(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

// What the first byte promises: 0 if it cannot begin a character.
std::size_t promised_length(unsigned char first)
{
    if (first < 0x80) {
        return first == 0 ? 0 : 1;
    }
    if (first < 0xc2) {
        return 0;
    }
    if (first < 0xe0) {
        return 2;
    }
    if (first < 0xf0) {
        return 3;
    }
    return first < 0xf5 ? 4 : 0;
}

// Neither overlong, nor a surrogate, nor beyond U+10FFFF: decided by the second byte.
bool in_range(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second < 0xa0;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second < 0x90;
    default:
        return true;
    }
}

// The length of the character `text` begins with; 0 if that is none.
std::size_t character_length(std::string_view text)
{
    const auto first = static_cast<unsigned char>(text.front());
    const auto length = promised_length(first);
    if (length < 2) {
        return length;
    }
    if (text.size() < length || !std::ranges::all_of(text.substr(1, length - 1), is_continuation) ||
        !in_range(first, static_cast<unsigned char>(text[1]))) {
        return 0;
    }
    return length;
}

} // namespace

std::string valid_utf8(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const auto length = character_length(text);
        if (length == 0) {
            result += '?';
        } else {
            result += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return result;
}

} // namespace rs
