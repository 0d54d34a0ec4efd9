// main() of every test program, compiled once. By its environment a test says what it needs, so
// that it is skipped where that is missing.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
#define RS_CATCH_3
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
    Catch::Session session;
#ifndef RS_CATCH_3                                             // which has it by default
    session.configData().warnings = Catch::WarnAbout::NoTests; // a test that runs nothing fails
#endif
    return session.run(argc, argv);
}
