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

void complain(const char* what)
{
    static_cast<void>(std::fprintf(stderr, "realserverd-checks: %s\n", what));
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
        complain("is started by realserverd(8), and by nobody else");
        return 2;
    }
    try {
        rs::checks::confine();
        clear_environment();
        ::umask(022);
        static_cast<void>(::signal(SIGPIPE, SIG_IGN));
        curl_global_init(CURL_GLOBAL_DEFAULT);
        rs::Loop loop;
        rs::checks::Session session{loop};
        loop.run();
    } catch (const std::exception& error) {
        complain(error.what());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
