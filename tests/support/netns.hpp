#pragma once
#include "support/temporary_directory.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

namespace rs::test {

// Runs a command with the shell; its exit status.
inline int run(const std::string& command)
{
    return std::system(command.c_str()); // NOLINT(cert-env33-c,concurrency-mt-unsafe): a test's own
}

// What a command writes to its standard output.
inline std::string output(const std::string& command)
{
    std::string text;
    auto* pipe = ::popen(command.c_str(), "r"); // NOLINT(cert-env33-c)
    for (int letter = 0; (letter = std::fgetc(pipe)) != EOF;) {
        text += static_cast<char>(letter);
    }
    ::pclose(pipe);
    return text;
}

// The shell command that waits, ten seconds at most, until `command` succeeds.
inline std::string until(const std::string& command)
{
    return "timeout 10 sh -c \"until " + command + "; do sleep 0.01; done\"";
}

// Moves the process into a network namespace of its own, made anew, with `lo` up. A test program
// that is not allowed to is skipped as a whole.
class NetworkNamespace {
public:
    NetworkNamespace()
    {
        if (::unshare(CLONE_NEWNET) != 0) {
            std::fprintf(stderr, "skipped: no network namespace: %s\n", std::strerror(errno));
            std::_Exit(77);
        }
        run("ip link set lo up");
    }
};

} // namespace rs::test
