#pragma once
#include "config/document.hpp"
#include "config/review.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

namespace rs {

// A string of the document.
struct Text {
    std::string text;
    Position at;
};

template <typename T>
struct Range {
    T least{};
    T most{};
};

// Reads one table key by key. What is absent leaves `into` as it is, what is wrong does so too and
// is noted. The keys asked for are the keys that exist: finish() notes all others.
class TableReader {
public:
    // `table` and `review` must outlive the reader. `path` is the table's own key, "" for the root.
    TableReader(const Table& table, Position at, std::string path, Review& review);

    [[nodiscard]] bool has(std::string_view key) const;
    // Where the value stands, or the table if there is none.
    [[nodiscard]] Position at(std::string_view key) const;
    // Notes something about the value of `key`.
    void note(std::string_view key, std::string what, std::string allowed);
    void note(std::string_view key, Position at, std::string what, std::string allowed);
    // Notes a missing key, or an empty array.
    void require(std::string_view key, std::string allowed);

    void flag(std::string_view key, bool& into);
    void integer(std::string_view key, Range<std::int64_t> range,
                 std::optional<std::int64_t>& into);
    void duration(std::string_view key, Range<std::chrono::microseconds> range,
                  std::chrono::microseconds& into);

    // `words` stand in the order of the enumerators. True if there was a good one.
    template <typename Enum>
    bool choice(std::string_view key, std::span<const std::string_view> words, Enum& into)
    {
        const auto index = word(key, words);
        if (index) {
            into = static_cast<Enum>(*index);
        }
        return index.has_value();
    }

    [[nodiscard]] std::optional<Text> text(std::string_view key, std::string_view allowed);
    // An array of strings; without those elements that are none.
    [[nodiscard]] std::vector<Text> texts(std::string_view key, std::string_view allowed);
    [[nodiscard]] std::optional<TableReader> table(std::string_view key);
    [[nodiscard]] std::vector<TableReader> tables(std::string_view key);
    // The value as it is, for keys that may have several types.
    [[nodiscard]] const Value* value(std::string_view key);

    [[nodiscard]] Position at() const { return at_; }

    // The key as the user is to see it, "drain.timeout".
    [[nodiscard]] std::string path(std::string_view key) const;
    // Notes a value of the wrong type.
    void wrong_type(std::string_view key, const Value& value, std::string_view allowed);
    void finish();

private:
    void wrong_element(std::string_view key, const Value& element, std::string_view allowed);
    [[nodiscard]] const Entry* find(std::string_view key) const;
    [[nodiscard]] std::optional<std::size_t> word(std::string_view key,
                                                  std::span<const std::string_view> words);

    const Table* table_;
    Position at_;
    std::string path_;
    Review* review_;
    std::vector<std::string_view> asked_;
};

// `"a", "b" or "c"`
[[nodiscard]] std::string one_of(std::span<const std::string_view> words);

} // namespace rs
