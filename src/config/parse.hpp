#pragma once
#include "config/document.hpp"
#include "config/load.hpp"

#include <variant>

namespace rs {

// Any text, however broken, gives a document or the first mistake in its syntax.
[[nodiscard]] std::variant<Document, Mistake> parse(const Source& source);

} // namespace rs
