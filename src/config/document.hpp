#pragma once
#include "config/mistake.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

// A parsed TOML text in which every value knows where it stands, free of the parser's own types.
namespace rs {

struct Value;
struct Entry;
using Array = std::vector<Value>;
using Table = std::vector<Entry>; // by key

struct DateOrTime {};

struct Value {
    Position at;
    std::variant<std::string, std::int64_t, double, bool, DateOrTime, Array, Table> data;
};

struct Entry {
    std::string key;
    Position at; // of the key
    Value value;
};

struct Document {
    std::string file;
    Table root;
};

} // namespace rs
