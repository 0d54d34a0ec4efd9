#pragma once
// The only file that knows which Catch2 it is built against (2.13 or 3).
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
