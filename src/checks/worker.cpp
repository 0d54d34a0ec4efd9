#include "checks/worker.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

namespace rs::checks {
namespace {

[[noreturn]] void fail(int code, const std::string& what)
{
    throw std::system_error(code, std::generic_category(), what);
}

// Between fork and exec: nothing here may allocate. Leaves only on failure.
void become(const char* program, int socket) noexcept
{
    // Ambient capabilities are all that a program without file capabilities would inherit.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    ::setsid(); // Ctrl-C is for the daemon
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0 && ::dup2(socket, STDIN_FILENO) >= 0 && ::dup2(null, STDOUT_FILENO) >= 0) {
        const std::array<char*, 2> words{const_cast<char*>(program), nullptr}; // NOLINT
        ::execv(program, words.data());
    }
}

pid_t spawn(const std::string& program, int socket, int report)
{
    const auto process = ::fork();
    if (process == 0) {
        become(program.c_str(), socket);
        const int code = errno;
        static_cast<void>(::write(report, &code, sizeof code));
        ::_exit(EXIT_FAILURE);
    }
    if (process < 0) {
        fail(errno, "fork");
    }
    return process;
}

} // namespace

Worker::Worker(const std::string& program)
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        fail(errno, "socketpair");
    }
    socket_ = UniqueFd{ends[0]};
    const UniqueFd other{ends[1]};
    ::fcntl(socket_.value(), F_SETFL, O_NONBLOCK);
    // Its end is closed when exec succeeds.
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        fail(errno, "pipe2");
    }
    const UniqueFd failure{ends[0]};
    {
        const UniqueFd report{ends[1]};
        process_ = spawn(program, other.value(), report.value());
    }
    int code{};
    if (::read(failure.value(), &code, sizeof code) == sizeof code) {
        ::waitpid(process_, nullptr, 0);
        fail(code, program);
    }
}

Worker::~Worker()
{
    // What it has started ends with it: each command has a guard that notices.
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

std::string worker_program()
{
    const char* program = std::getenv("REALSERVERD_CHECKS");
    return program == nullptr ? CHECKS_PROGRAM : program;
}

} // namespace rs::checks
