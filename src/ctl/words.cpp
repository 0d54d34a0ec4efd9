#include "ctl/words.hpp"

#include "config/suggest.hpp"

#include <string_view>

namespace rs::ctl {

std::string joined(const std::vector<std::string>& words, const std::string& separator)
{
    std::string text;
    for (const auto& word : words) {
        text += (&word == &words.front() ? "" : separator) + word;
    }
    return text;
}

std::string counted(std::uint64_t number, const std::string& noun)
{
    return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string meant(const std::string& word, const std::vector<std::string>& known)
{
    const std::vector<std::string_view> words{known.begin(), known.end()};
    const auto near = nearest(word, words);
    return near.empty() ? "" : "; did you mean '" + std::string{near} + "'?";
}

std::string no_such_role_text(const std::string& name, const std::vector<std::string>& known)
{
    const auto text = "no role is called '" + name + "'" + meant(name, known);
    if (known.empty()) {
        return text + "; no role is configured";
    }
    return text + (text.ends_with('?') ? " The roles are: " : "; the roles are: ") +
           joined(known, ", ");
}

} // namespace rs::ctl
