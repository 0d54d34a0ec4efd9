#pragma once
#include "config/table_reader.hpp"

#include <map>

namespace rs {

// The elements of one array, each of which may be there once.
template <typename T>
class Once {
public:
    // False, and noted, if `value` was there before.
    [[nodiscard]] bool add(TableReader& reader, std::string_view key, const Text& text,
                           const T& value)
    {
        const auto [first, added] = firsts_.emplace(value, text.at);
        if (!added) {
            reader.note(key, text.at, in_quotes(text.text) + " is given twice",
                        "leave it out, it is at " + to_string(first->second) + " already");
        }
        return added;
    }

private:
    std::map<T, Position> firsts_;
};

} // namespace rs
