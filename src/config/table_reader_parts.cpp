#include "config/table_reader.hpp"

// Arrays and tables in a table; the single values are in table_reader.cpp.
namespace rs {

std::vector<Text> TableReader::texts(std::string_view key, std::string_view allowed)
{
    const auto* const found = value(key);
    if (found == nullptr) {
        return {};
    }
    const auto* const array = std::get_if<Array>(&found->data);
    if (array == nullptr) {
        wrong_type(key, *found, allowed);
        return {};
    }
    std::vector<Text> texts;
    texts.reserve(array->size());
    for (const auto& element : *array) {
        if (const auto* const text = std::get_if<std::string>(&element.data)) {
            texts.push_back({*text, element.at});
        } else {
            wrong_element(key, element, allowed);
        }
    }
    return texts;
}

std::optional<TableReader> TableReader::table(std::string_view key)
{
    const auto* const found = value(key);
    if (found == nullptr) {
        return std::nullopt;
    }
    const auto* const table = std::get_if<Table>(&found->data);
    if (table == nullptr) {
        wrong_type(key, *found, "a table, [" + path(key) + ']');
        return std::nullopt;
    }
    return TableReader{*table, found->at, path(key), *review_};
}

std::vector<TableReader> TableReader::tables(std::string_view key)
{
    const auto* const found = value(key);
    if (found == nullptr) {
        return {};
    }
    const auto allowed = "an array of tables, [[" + path(key) + "]]";
    const auto* const array = std::get_if<Array>(&found->data);
    if (array == nullptr) {
        wrong_type(key, *found, allowed);
        return {};
    }
    std::vector<TableReader> readers;
    for (const auto& element : *array) {
        if (const auto* const table = std::get_if<Table>(&element.data)) {
            readers.emplace_back(*table, element.at, path(key), *review_);
        } else {
            wrong_element(key, element, allowed);
        }
    }
    return readers;
}

} // namespace rs
