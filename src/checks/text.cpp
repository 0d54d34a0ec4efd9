#include "checks/text.hpp"

#include <algorithm>
#include <system_error>

namespace rs::checks {

std::string error_text(int code)
{
    return part_of_sentence(std::generic_category().message(code));
}

std::string part_of_sentence(std::string text)
{
    const auto upper = [](char letter) { return letter >= 'A' && letter <= 'Z'; };
    // "SSL" stays what it is.
    if (text.size() > 1 && upper(text[0]) && !upper(text[1])) {
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    }
    return text;
}

std::string first_line(std::string_view output)
{
    constexpr std::size_t longest = 200;
    const auto start = std::min(output.find_first_not_of(" \t\r\n"), output.size());
    output.remove_prefix(start);
    output = output.substr(0, std::min(output.find('\n'), longest));
    output = output.substr(0, output.find_last_not_of(" \t\r") + 1);
    std::string line{output};
    std::ranges::replace_if(
        line,
        [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f; },
        '?');
    return line;
}

} // namespace rs::checks
