#include "config/case_file.hpp"
#include "config/config.hpp"
#include "support/catch.hpp"

#include <random>

namespace rs {
namespace {

constexpr int rounds = 20'000;

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t limit)
{
    return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random);
}

// Changes a byte, takes some out, or copies some from elsewhere in the text.
void mutate(std::string& text, Random& random)
{
    constexpr std::string_view telling = "\"'[]{}=.,#\n\\ -0129azAZ/:%\0\x7f\xc3\xff";
    const auto at = below(random, text.size());
    const auto length = 1 + below(random, 20);
    switch (below(random, 3)) {
    case 0:
        text[at] = telling[below(random, telling.size())];
        break;
    case 1:
        text.erase(at, std::min(length, text.size() - 1));
        break;
    default:
        text.insert(at, text.substr(below(random, text.size()), length));
    }
}

bool well_formed(const Mistake& mistake)
{
    const auto line = to_string(mistake);
    return line.starts_with("web.toml:") && mistake.at.line > 0 && mistake.at.column > 0 &&
           !mistake.key.empty() && !mistake.what.empty() && !mistake.allowed.empty() &&
           line.find_first_of(std::string_view{"\n\r\0", 3}) == std::string::npos;
}

} // namespace

TEST_CASE("a mutated role never crashes, and every mistake has a place and is one line",
          "[fault-42]")
{
    const auto cases = read_cases(CASES "/good.txt");
    const auto& whole = cases.at(1).sources.roles.at(0).text;
    Random random{20240607}; // NOLINT(cert-msc51-cpp): the same texts in every run
    int refused = 0;
    for (int i = 0; i != rounds; ++i) {
        auto text = whole;
        for (auto times = 1 + below(random, 6); times != 0; --times) {
            mutate(text, random);
        }
        Sources sources;
        sources.roles = {{"web.toml", text}};
        const auto result = make_config(sources);
        if (const auto* const mistakes = std::get_if<Mistakes>(&result)) {
            ++refused;
            if (!std::all_of(mistakes->begin(), mistakes->end(), well_formed)) {
                FAIL(text << "\n\n" << to_string(*mistakes));
            }
        }
    }
    CHECK(refused > rounds / 2);
    CHECK(refused < rounds); // some mutations only change a number or a comment
}

} // namespace rs
