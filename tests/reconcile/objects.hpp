#pragma once
#include "model/state.hpp"

#include <vector>

namespace rs::test {

template <typename Kind>
std::vector<Kind> all_of(const State& state)
{
    std::vector<Kind> found;
    for (const auto& object : state) {
        if (const auto* one = std::get_if<Kind>(&object)) {
            found.push_back(*one);
        }
    }
    return found;
}

} // namespace rs::test
