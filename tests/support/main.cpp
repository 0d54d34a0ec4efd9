// main() of every test program, compiled once. By its environment a test says what it needs, so
// that it is skipped where that is missing.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace {

int skip(const char* why)
{
    constexpr int skipped = 77;
    std::cout << "skipped: " << why << '\n';
    return skipped;
}

} // namespace

int main(int argc, char* argv[])
{
    if (const auto* missing = std::getenv("TEST_MISSES")) {
        return skip(missing);
    }
    if (std::getenv("TEST_NEEDS_ROOT") != nullptr && ::geteuid() != 0) {
        return skip("it needs root");
    }
    return Catch::Session().run(argc, argv);
}
