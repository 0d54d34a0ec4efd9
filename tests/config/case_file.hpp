#pragma once
#include "config/load.hpp"

#include <string>
#include <vector>

namespace rs {

// One case of a table in cases/:
//
//     --- NAME [| beyond the schema]
//     TOML of web.toml
//     @ OTHER.toml            another file of the same case; realserverd.toml is the node's
//     > FILE:LINE:COLUMN: KEY: what is wrong; what is allowed
//
// A line "> … *" need only begin so: the parser words its own messages. A case without ">" is good.
struct Case {
    std::string name;
    Sources sources;
    std::vector<std::string> expected;
};

// Throws std::runtime_error if there is no such file or no case in it.
[[nodiscard]] std::vector<Case> read_cases(const std::string& file);

// The content of a file, which must be there.
[[nodiscard]] std::string read_text(const std::string& path);

} // namespace rs
