#include "child.hpp"

#include "bus/client.hpp"

#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace rs::test {
namespace {

struct Ends {
    UniqueFd ours;
    UniqueFd its;
};

Ends pipe_ends()
{
    std::array<int, 2> fds{};
    if (pipe2(fds.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe");
    }
    return {UniqueFd{fds[0]}, UniqueFd{fds[1]}};
}

Ends terminal_ends()
{
    int ours = -1;
    int its = -1;
    winsize size{.ws_row = 24, .ws_col = 120, .ws_xpixel = 0, .ws_ypixel = 0};
    if (openpty(&ours, &its, nullptr, nullptr, &size) != 0) {
        throw std::system_error(errno, std::generic_category(), "openpty");
    }
    fcntl(ours, F_SETFD, FD_CLOEXEC);
    return {UniqueFd{ours}, UniqueFd{its}};
}

// False when there will never be more; a terminal ends with EIO.
bool read_all(UniqueFd& from, std::string& into)
{
    std::array<char, 4096> bytes{};
    while (from) {
        const auto count = read(from.value(), bytes.data(), bytes.size());
        if (count < 0 && errno == EAGAIN) {
            return true;
        }
        if (count <= 0) {
            from = UniqueFd{};
            return false;
        }
        into.append(bytes.data(), static_cast<std::size_t>(count));
    }
    return false;
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const Child::Options& options,
                         int out, int err)
{
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const std::string program = getenv("REALSERVERCTL");
    std::vector<char*> words{const_cast<char*>(program.c_str())};
    for (const auto& argument : arguments) {
        words.push_back(const_cast<char*>(argument.c_str()));
    }
    words.push_back(nullptr);
    for (const auto& variable : options.environment) {
        putenv(const_cast<char*>(variable.c_str()));
    }
    if (!options.user || setuid(*options.user) == 0) {
        execv(program.c_str(), words.data());
    }
    _exit(126);
}

} // namespace

Child::Child(Loop& loop, const std::vector<std::string>& arguments, const Options& options)
    : loop_{loop}
{
    auto output = options.terminal ? terminal_ends() : pipe_ends();
    auto errors = pipe_ends();
    process_ = fork();
    if (process_ < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (process_ == 0) {
        become(arguments, options, output.its.value(), errors.its.value());
    }
    out_ = std::move(output.ours);
    err_ = std::move(errors.ours);
    fcntl(out_.value(), F_SETFL, O_NONBLOCK);
    fcntl(err_.value(), F_SETFL, O_NONBLOCK);
}

Child::~Child()
{
    if (process_ > 0) {
        kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
    }
}

bool Child::gather()
{
    const auto out_open = read_all(out_, out);
    const auto err_open = read_all(err_, err);
    return out_open || err_open;
}

int Child::wait()
{
    if (!until(loop_, [&] { return !gather(); })) {
        throw std::runtime_error("realserverctl does not end; it said: " + out + err);
    }
    int status{};
    waitpid(std::exchange(process_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool Child::said(const std::string& text)
{
    gather();
    return (out + err).find(text) != std::string::npos;
}

bool Child::says(const std::string& text)
{
    return until(loop_, [&] { return said(text) || !gather(); }) && said(text);
}

void Child::signal(int number) const
{
    kill(process_, number);
}

} // namespace rs::test
