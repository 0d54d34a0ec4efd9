#pragma once
#include "drain/drain.hpp"

namespace rs::test {

inline Moment at(std::chrono::seconds time)
{
    return {TimePoint{time}, WallTime{time + std::chrono::seconds{1'000'000}}};
}

} // namespace rs::test
