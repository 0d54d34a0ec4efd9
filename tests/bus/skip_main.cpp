// main() of the tests that need a dbus-daemon.
#define CATCH_CONFIG_RUNNER
#include "support/catch.hpp"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

int main(int argc, char* argv[])
{
    constexpr int skipped = 77;
    if (std::getenv("DBUS_DAEMON") == nullptr) {
        std::cout << "skipped: there is no dbus-daemon to test with\n";
        return skipped;
    }
    if (std::getenv("BUS_NEEDS_ROOT") != nullptr && geteuid() != 0) {
        std::cout << "skipped: only root can call as somebody else\n";
        return skipped;
    }
    return Catch::Session().run(argc, argv);
}
