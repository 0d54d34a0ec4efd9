#include "config/table_reader.hpp"

#include "config/suggest.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <array>

namespace rs {
namespace {

std::string_view type_of(const Value& value)
{
    // In the order of the alternatives.
    constexpr std::array<std::string_view, 7> names{
        "a string", "an integer", "a float", "a boolean", "a date or time", "an array", "a table"};
    return names.at(value.data.index());
}

std::string expected(std::string_view what)
{
    return "expected " + std::string{what};
}

std::string from_to(const std::string& least, const std::string& most)
{
    return " from " + least + " to " + most;
}

// A bare key as it is, any other in quotes.
std::string key_text(const std::string& key)
{
    constexpr std::string_view bare =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const bool plain = !key.empty() && key.find_first_not_of(bare) == std::string::npos;
    return plain ? printable(key) : in_quotes(key);
}

} // namespace

TableReader::TableReader(const Table& table, Position at, std::string path, Review& review)
    : table_{&table}, at_{at}, path_{std::move(path)}, review_{&review}
{}

const Entry* TableReader::find(std::string_view key) const
{
    const auto entry = std::ranges::find(*table_, key, &Entry::key);
    return entry == table_->end() ? nullptr : &*entry;
}

bool TableReader::has(std::string_view key) const
{
    return find(key) != nullptr;
}

Position TableReader::at(std::string_view key) const
{
    const auto* const entry = find(key);
    return entry == nullptr ? at_ : entry->value.at;
}

std::string TableReader::path(std::string_view key) const
{
    return (path_.empty() ? "" : path_ + '.') + std::string{key};
}

void TableReader::note(std::string_view key, std::string what, std::string allowed)
{
    note(key, at(key), std::move(what), std::move(allowed));
}

void TableReader::note(std::string_view key, Position at, std::string what, std::string allowed)
{
    review_->note(at, path(key), std::move(what), std::move(allowed));
}

void TableReader::require(std::string_view key, std::string allowed)
{
    const auto* const entry = find(key);
    if (entry == nullptr) {
        note(key, "is missing", std::move(allowed));
        return;
    }
    if (const auto* const array = std::get_if<Array>(&entry->value.data); array && array->empty()) {
        note(key, "is empty", std::move(allowed));
    }
}

void TableReader::wrong_element(std::string_view key, const Value& element,
                                std::string_view allowed)
{
    note(key, element.at, "holds " + std::string{type_of(element)}, expected(allowed));
}

void TableReader::wrong_type(std::string_view key, const Value& value, std::string_view allowed)
{
    note(key, value.at, "is " + std::string{type_of(value)}, expected(allowed));
}

const Value* TableReader::value(std::string_view key)
{
    asked_.push_back(key);
    const auto* const entry = find(key);
    return entry == nullptr ? nullptr : &entry->value;
}

void TableReader::flag(std::string_view key, bool& into)
{
    const auto* const found = value(key);
    if (found == nullptr) {
        return;
    }
    if (const auto* const flag = std::get_if<bool>(&found->data)) {
        into = *flag;
    } else {
        wrong_type(key, *found, "true or false");
    }
}

void TableReader::integer(std::string_view key, Range<std::int64_t> range,
                          std::optional<std::int64_t>& into)
{
    const auto* const found = value(key);
    if (found == nullptr) {
        return;
    }
    const auto allowed =
        "an integer" + from_to(std::to_string(range.least), std::to_string(range.most));
    const auto* const number = std::get_if<std::int64_t>(&found->data);
    if (number == nullptr) {
        wrong_type(key, *found, allowed);
    } else if (*number < range.least || *number > range.most) {
        note(key, std::to_string(*number) + " is out of range", expected(allowed));
    } else {
        into = *number;
    }
}

void TableReader::duration(std::string_view key, Range<std::chrono::microseconds> range,
                           std::chrono::microseconds& into)
{
    const auto* const found = value(key);
    if (found == nullptr) {
        return;
    }
    const auto allowed = std::string{R"(a duration like "30s" or "1h30m")"} +
                         from_to(to_string(range.least), to_string(range.most));
    const auto* const number = std::get_if<std::int64_t>(&found->data);
    const auto* const text = std::get_if<std::string>(&found->data);
    if (text == nullptr && (number == nullptr || *number != 0)) {
        wrong_type(key, *found, allowed);
        return;
    }
    const auto duration = text == nullptr ? std::chrono::microseconds{0} : parse_duration(*text);
    const auto shown = text == nullptr ? "0" : in_quotes(*text);
    if (!duration) {
        note(key, shown + " is not a duration", expected(allowed));
    } else if (*duration < range.least || *duration > range.most) {
        note(key, shown + " is out of range", expected(allowed));
    } else {
        into = *duration;
    }
}

std::optional<Text> TableReader::text(std::string_view key, std::string_view allowed)
{
    const auto* const found = value(key);
    if (found == nullptr) {
        return std::nullopt;
    }
    const auto* const text = std::get_if<std::string>(&found->data);
    if (text == nullptr) {
        wrong_type(key, *found, allowed);
        return std::nullopt;
    }
    return Text{*text, found->at};
}

std::optional<std::size_t> TableReader::word(std::string_view key,
                                             std::span<const std::string_view> words)
{
    const auto found = text(key, one_of(words));
    if (!found) {
        return std::nullopt;
    }
    const auto word = std::ranges::find(words, found->text);
    if (word == words.end()) {
        note(key, in_quotes(found->text) + " is unknown",
             expected(one_of(words)) + did_you_mean(found->text, words));
        return std::nullopt;
    }
    return static_cast<std::size_t>(word - words.begin());
}

void TableReader::finish()
{
    for (const auto& [key, at, value] : *table_) {
        if (std::ranges::find(asked_, key) == asked_.end()) {
            const auto* const what = key == "version"
                                         ? "unknown key; the file may be for a later realserverd"
                                         : "unknown key";
            review_->note(at, path(key_text(key)), what,
                          expected(one_of(asked_)) + did_you_mean(key, asked_));
        }
    }
}

std::string one_of(std::span<const std::string_view> words)
{
    std::string text;
    for (std::size_t i = 0; i != words.size(); ++i) {
        if (i != 0) {
            text += i + 1 == words.size() ? " or " : ", ";
        }
        text += '"' + std::string{words[i]} + '"';
    }
    return text;
}

} // namespace rs
