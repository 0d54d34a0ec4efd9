#include "checks/guard.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <string_view>

namespace rs::checks {
namespace {

constexpr int result_fd = 3;
constexpr int exec_failed = 127;
constexpr int most_rounds = 200; // of the sweep, 10 ms each

void say(Ended::How how, int code) noexcept
{
    const Ended ended{how, code};
    static_cast<void>(::write(result_fd, &ended, sizeof ended));
}

void arrange_descriptors(const Guarded& guarded) noexcept
{
    ::dup2(STDOUT_FILENO, STDIN_FILENO); // /dev/null
    ::dup2(guarded.output, STDOUT_FILENO);
    ::dup2(guarded.output, STDERR_FILENO);
    ::dup2(guarded.result, result_fd); // never an output that is still wanted: those are 1 and 2
    ::fcntl(result_fd, F_SETFD, FD_CLOEXEC);
    // A connection that a check has closed must not live on here.
    if (::syscall(SYS_close_range, result_fd + 1U, ~0U, 0U) != 0) {
        for (int fd = result_fd + 1; fd != 1024; ++fd) {
            ::close(fd);
        }
    }
}

[[noreturn]] void become_command(const Guarded& guarded) noexcept
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setsid();
    static_cast<void>(::signal(SIGPIPE, SIG_DFL));
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(guarded.words[0], guarded.words, guarded.environment);
    say(Ended::How::not_started, errno);
    ::_exit(exec_failed);
}

// Reaps what has ended. False when no child is left at all.
bool reap(pid_t command, bool& ended, int& status) noexcept
{
    int code{};
    pid_t process{};
    while ((process = ::waitpid(-1, &code, WNOHANG)) > 0) {
        if (process == command) {
            ended = true;
            status = code;
        }
    }
    return process == 0;
}

void kill_listed(std::string_view list) noexcept
{
    while (!list.empty()) {
        pid_t process{};
        const auto* const end = list.data() + list.size();
        const auto [stop, error] = std::from_chars(list.data(), end, process);
        if (error == std::errc{} && process > 1) {
            ::kill(process, SIGKILL);
        }
        list.remove_prefix(static_cast<std::size_t>(stop - list.data()) + (stop == end ? 0 : 1));
    }
}

// Kills every child; their own children become ours then. A list that is longer than the buffer is
// for the next round; a number that is cut off at its end would be another process.
void kill_children(pid_t command, bool command_ended) noexcept
{
    const int file = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    std::array<char, 4096> bytes{};
    const auto got = file < 0 ? -1 : ::read(file, bytes.data(), bytes.size());
    if (file >= 0) {
        ::close(file);
    }
    if (got < 0) { // a kernel without CONFIG_PROC_CHILDREN
        if (!command_ended) {
            ::kill(-command, SIGKILL);
        }
        return;
    }
    const std::string_view list{bytes.data(), static_cast<std::size_t>(got)};
    kill_listed(list.substr(0, list.rfind(' ') + 1));
}

void sweep(pid_t command, bool& ended, int& status, const sigset_t& signals) noexcept
{
    const timespec pause{0, 10'000'000};
    for (int round = 0; round != most_rounds && reap(command, ended, status); ++round) {
        kill_children(command, ended);
        ::sigtimedwait(&signals, nullptr, &pause);
    }
}

} // namespace

void guard(const Guarded& guarded) noexcept
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_SETMASK, &signals, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    arrange_descriptors(guarded);
    if (::getppid() != guarded.parent) {
        ::_exit(EXIT_FAILURE);
    }
    const pid_t command = ::fork();
    if (command == 0) {
        become_command(guarded);
    }
    if (command < 0) {
        say(Ended::How::not_started, errno);
        ::_exit(EXIT_FAILURE);
    }
    bool ended = false;
    int status{};
    while (!ended && reap(command, ended, status) && !ended) {
        if (::sigwaitinfo(&signals, nullptr) == SIGTERM) {
            break;
        }
    }
    sweep(command, ended, status, signals);
    if (WIFEXITED(status)) {
        say(Ended::How::exited, WEXITSTATUS(status));
    } else {
        say(Ended::How::killed, WTERMSIG(status));
    }
    ::_exit(EXIT_SUCCESS);
}

} // namespace rs::checks
