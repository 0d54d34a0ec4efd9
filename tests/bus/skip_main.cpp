// main() of the tests that need a dbus-daemon.
#define CATCH_CONFIG_RUNNER
#include "support/catch.hpp"

#include <cstdlib>
#include <iostream>

int main(int argc, char* argv[])
{
    constexpr int skipped = 77;
    if (std::getenv("DBUS_DAEMON") == nullptr) {
        std::cout << "skipped: there is no dbus-daemon to test with\n";
        return skipped;
    }
    return Catch::Session().run(argc, argv);
}
