#include "checks/confine.hpp"
#include "checks/session.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

// realserverd-checks: runs the local checks of realserverd, which starts it with a socket as its
// standard input, and which it outlives not for a moment.
namespace {

bool started_by_the_daemon()
{
    int type{};
    socklen_t size = sizeof type;
    return ::getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

// What is the daemon's own.
void clear_environment()
{
    for (const auto* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS",
                             "LISTEN_PID", "LISTEN_FDNAMES"}) {
        ::unsetenv(name);
    }
}

} // namespace

int main()
{
    if (!started_by_the_daemon()) {
        std::fputs("realserverd-checks: is started by realserverd(8), and by nobody else\n",
                   stderr);
        return 2;
    }
    try {
        rs::checks::confine();
        clear_environment();
        ::umask(022);
        ::signal(SIGPIPE, SIG_IGN);
        curl_global_init(CURL_GLOBAL_DEFAULT);
        rs::Loop loop;
        rs::checks::Session session{loop};
        loop.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "realserverd-checks: %s\n", error.what());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
