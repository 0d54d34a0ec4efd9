#include "config/command_line.hpp"

namespace rs {
namespace {

class Splitter {
public:
    // False when the line ends where it must not.
    bool split(std::string_view line)
    {
        for (const char letter : line) {
            take(letter);
        }
        end_word();
        return quote_ == none && !escaped_;
    }

    [[nodiscard]] std::vector<std::string> take_words() { return std::move(words_); }

private:
    static constexpr char none = '\0';

    void take(char letter)
    {
        if (escaped_) {
            escaped_ = false;
            word_ += letter;
        } else if (letter == '\\' && quote_ != '\'') {
            escaped_ = in_word_ = true;
        } else if (quote_ != none) {
            take_quoted(letter);
        } else if (letter == '\'' || letter == '"') {
            quote_ = letter;
            in_word_ = true;
        } else if (letter == ' ') {
            end_word();
        } else {
            in_word_ = true;
            word_ += letter;
        }
    }

    void take_quoted(char letter)
    {
        if (letter == quote_) {
            quote_ = none;
        } else {
            word_ += letter;
        }
    }

    void end_word()
    {
        if (in_word_) {
            words_.push_back(std::move(word_));
        }
        word_.clear();
        in_word_ = false;
    }

    std::vector<std::string> words_;
    std::string word_;
    bool in_word_ = false; // an empty one, "", is a word too
    bool escaped_ = false;
    char quote_ = none;
};

} // namespace

std::optional<std::vector<std::string>> split_words(std::string_view line)
{
    Splitter splitter;
    const bool whole = splitter.split(line);
    auto words = splitter.take_words();
    return whole && !words.empty() ? std::optional{std::move(words)} : std::nullopt;
}

} // namespace rs
