#pragma once
#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace rs {

// Where something stands in a text; both count from 1, columns in code points.
struct Position {
    unsigned line{};
    unsigned column{};
    auto operator<=>(const Position&) const = default;
};

[[nodiscard]] std::string to_string(Position position); // "LINE:COLUMN"

// One thing that is wrong in the configuration. Sorts by where it is.
struct Mistake {
    std::string file;
    Position at;         // line 0: the file as a whole, which could not even be read
    std::string key;     // dotted, as "drain.timeout"; "syntax" where the text is no TOML
    std::string what;    // what is wrong
    std::string allowed; // what is allowed instead
    auto operator<=>(const Mistake&) const = default;
};

using Mistakes = std::vector<Mistake>;

// Why a value cannot be used, and what can.
struct Objection {
    std::string what;
    std::string allowed;
};

// "FILE:LINE:COLUMN: KEY: what is wrong; what is allowed", for a whole file "FILE: what is wrong;
// what is allowed". Always a single line.
[[nodiscard]] std::string to_string(const Mistake& mistake);
// One line a mistake, without a newline at the end.
[[nodiscard]] std::string to_string(const Mistakes& mistakes);

// The user's own text, safe to print: control characters escaped, cut after `most` bytes.
[[nodiscard]] std::string printable(std::string_view text, std::size_t most = 80);
// The same in double quotes.
[[nodiscard]] std::string in_quotes(std::string_view text);

} // namespace rs
