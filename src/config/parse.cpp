#include "config/parse.hpp"

#include "config/depth.hpp"

#include <toml++/toml.h>

#include <algorithm>

namespace rs {
namespace {

Position position(const toml::source_region& region)
{
    return {region.begin.line, region.begin.column};
}

// The recursion ends where the parser's own does: 256 values of 16 parts (too_deep) at most.
// NOLINTBEGIN(misc-no-recursion)
Value value_of(const toml::node& node);

Table table_of(const toml::table& table)
{
    Table entries;
    entries.reserve(table.size());
    for (const auto& [key, node] : table) {
        entries.push_back({std::string{key.str()}, position(key.source()), value_of(node)});
    }
    return entries;
}

Array array_of(const toml::array& array)
{
    Array values;
    values.reserve(array.size());
    std::transform(array.begin(), array.end(), std::back_inserter(values), value_of);
    return values;
}

Value value_of(const toml::node& node)
{
    const auto at = position(node.source());
    switch (node.type()) {
    case toml::node_type::table:
        return {at, table_of(*node.as_table())};
    case toml::node_type::array:
        return {at, array_of(*node.as_array())};
    case toml::node_type::string:
        return {at, node.as_string()->get()};
    case toml::node_type::integer:
        return {at, node.as_integer()->get()};
    case toml::node_type::floating_point:
        return {at, node.as_floating_point()->get()};
    case toml::node_type::boolean:
        return {at, node.as_boolean()->get()};
    default:
        return {at, DateOrTime{}};
    }
}

// NOLINTEND(misc-no-recursion)

Mistake syntax(const Source& source, Position at, std::string_view what)
{
    return {source.file, at, "syntax", printable(what, 400),
            "expected TOML 1.0, see https://toml.io"};
}

} // namespace

std::variant<Document, Mistake> parse(const Source& source)
{
    if (const auto at = too_deep(source.text)) {
        return syntax(source, *at, "a key of more than 16 parts");
    }
    try {
        return Document{source.file, table_of(toml::parse(source.text))};
    } catch (const toml::parse_error& error) {
        return syntax(source, position(error.source()), error.description());
    }
}

} // namespace rs
