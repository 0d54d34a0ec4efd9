// Clients of a health endpoint that nobody wants, CONNECTIONS at a time, one epoll loop:
//
//   healthflood slow  TARGET PORT CONNECTIONS SOURCE...   each sends a byte of a request every 100
//   ms healthflood flood TARGET PORT CONNECTIONS SOURCE...   each asks, takes the answer and starts
//   again,
//                                                         as fast as one core can
//   healthflood mute  TARGET PORT CONNECTIONS SOURCE...   each asks for much and never reads
//
// The SOURCEs take turns. Prints "ready", then for each line on standard input what happened since
// the last one; ends with standard input. What does not connect within 50 ms is given up: a full
// queue does not slow a flood down.
#include "crowd.hpp"

#include <sys/resource.h>

#include <cstdlib>

using namespace healthflood;

namespace {

Mode to_mode(const std::string& text)
{
    if (text == "slow")
        return Mode::slow;
    return text == "mute" ? Mode::mute : Mode::flood;
}

} // namespace

int main(int argc, char** argv)
try {
    if (argc < 6) {
        std::fputs("usage: healthflood slow|flood|mute TARGET PORT CONNECTIONS SOURCE...\n",
                   stderr);
        return 2;
    }
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    std::vector<sockaddr_in> sources;
    for (int i = 5; i < argc; ++i)
        sources.push_back(to_address(argv[i], 0));
    Crowd crowd{to_mode(argv[1]), to_address(argv[2], std::atoi(argv[3])),
                static_cast<std::size_t>(std::atol(argv[4])), std::move(sources)};
    crowd.run();
    return 0;

} catch (const std::exception& error) {
    std::fprintf(stderr, "healthflood: %s\n", error.what());
    return 1;
}
