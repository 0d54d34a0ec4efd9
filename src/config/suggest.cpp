#include "config/suggest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace rs {
namespace {

constexpr std::size_t longest_word = 40; // bytes; no key comes near it, and the cost is quadratic

} // namespace

std::size_t distance(std::string_view left, std::string_view right)
{
    using Row = std::vector<std::size_t>; // distances of a part of `left` to each start of `right`
    Row before(right.size() + 1);
    Row last(right.size() + 1);
    std::iota(last.begin(), last.end(), 0U);
    for (std::size_t i = 1; i <= left.size(); ++i) {
        Row row(right.size() + 1, i);
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const auto replaced = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before = std::move(last);
        last = std::move(row);
    }
    return last.back();
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> words)
{
    if (word.size() > longest_word) {
        return {};
    }
    // A word cut short, as "warn" for "warning".
    const auto whole = std::ranges::find_if(words, [&](std::string_view candidate) {
        return word.size() > 2 && candidate.starts_with(word);
    });
    if (whole != words.end()) {
        return *whole;
    }
    std::string_view best;
    std::size_t least = word.size() < 4 ? 2 : 3; // exclusive
    for (const auto candidate : words) {
        const auto letters = distance(word, candidate);
        if (letters < least && letters < candidate.size()) {
            best = candidate;
            least = letters;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> words)
{
    const auto meant = nearest(word, words);
    return meant.empty() ? "" : ", did you mean \"" + std::string{meant} + "\"?";
}

} // namespace rs
