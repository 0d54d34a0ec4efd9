#pragma once
#include <string>
#include <string_view>
#include <vector>

// How text looks on a terminal. Pure but for the two questions at the end.
namespace rs::ctl {

enum class Tone { plain, good, busy, bad, faint, heading };
enum class Color { automatic, always, never };

// What the place the text goes to can show.
struct Look {
    bool color{};
    bool unicode{};
    bool legend = true; // headings and summary lines
};

// `text` in the colour of `tone`, or as it is.
[[nodiscard]] std::string painted(std::string_view text, Tone tone, const Look& look);

// Control characters, which could drive the terminal, become '?'. For text that is not ours.
[[nodiscard]] std::string printable(std::string_view text);

struct Cell {
    std::string text;
    Tone tone = Tone::plain;
    bool right = false; // numbers are aligned by their last digit
};

using Row = std::vector<Cell>;

// Columns as wide as their widest cell, two spaces between them, none at the end of a line.
[[nodiscard]] std::string table(const std::vector<Row>& rows, const Look& look);

// Whether standard output is a terminal that can redraw a line.
[[nodiscard]] bool is_terminal();
// `automatic`: a terminal, and NO_COLOR is not set (https://no-color.org).
[[nodiscard]] Look look_of_output(Color color, bool legend);

} // namespace rs::ctl
