#include "front/front_process.hpp"

#include "event/fd_store.hpp"
#include "front/confine.hpp"
#include "front/front.hpp"

#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>

namespace rs {
namespace {

constexpr std::chrono::milliseconds patience{1000};

// Only the main process speaks with the service manager; what that has stored is for the front.
void hand_over_environment()
{
    for (const auto* variable : {"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"}) {
        ::unsetenv(variable);
    }
    if (std::getenv("LISTEN_PID") != nullptr) {
        ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    }
}

// A new program rather than a copy of this one: it shares no secret of the address space, and the
// kernel leaves it no capability but those of lower_ambient_capabilities().
[[noreturn]] void execute_front(int socket, BusKind bus)
{
    ::fcntl(socket, F_SETFD, 0);
    hand_over_environment();
    lower_ambient_capabilities();
    auto front = "--front=" + std::to_string(socket);
    std::string name = "realserverd";
    std::string session = "--session-bus";
    const std::array<char*, 4> words{name.data(), front.data(),
                                     bus == BusKind::session ? session.data() : nullptr, nullptr};
    ::execv("/proc/self/exe", words.data());
    spdlog::critical("front: execv: {}", std::generic_category().message(errno));
    std::_Exit(EXIT_FAILURE);
}

pid_t start(int socket, BusKind bus)
{
    const auto process = ::fork();
    if (process < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (process == 0) {
        execute_front(socket, bus);
    }
    return process;
}

} // namespace

int run_front(int socket, BusKind bus)
{
    try {
        ::prctl(PR_SET_NAME, "rs-front");
        confine();
        Front{UniqueFd{socket}, bus}.run();
    } catch (const std::system_error& error) {
        if (error.code() == std::errc::connection_reset || error.code() == std::errc::broken_pipe) {
            return EXIT_SUCCESS; // the daemon has ended
        }
        spdlog::critical("front: {}", error.what());
    } catch (const std::exception& error) {
        spdlog::critical("front: {}", error.what());
    }
    return EXIT_FAILURE;
}

FrontProcess::FrontProcess(BusKind bus) : FrontProcess{bus, Channel::make()} {}

FrontProcess::FrontProcess(BusKind bus, std::pair<UniqueFd, UniqueFd> ends)
    : socket_{std::move(ends.first)}, process_{start(ends.second.value(), bus)}
{
    {
        const UniqueFd not_ours{std::move(ends.second)};
    }
    static_cast<void>(take_stored_fds());
    // Its first words come when it has given up what it does not need.
    char word{};
    if (::recv(socket_.value(), &word, sizeof word, MSG_PEEK) <= 0) {
        throw std::runtime_error{"the front process did not start"};
    }
}

FrontProcess::~FrontProcess()
{
    // The end of the channel tells it to go, after all that it was told before.
    {
        const UniqueFd closed{std::move(socket_)};
    }
    const UniqueFd process{static_cast<int>(::syscall(SYS_pidfd_open, process_, 0))};
    pollfd ended{process.value(), POLLIN, 0};
    if (::poll(&ended, 1, static_cast<int>(patience.count())) != 1) {
        ::kill(process_, SIGKILL);
    }
    ::waitpid(process_, nullptr, 0);
}

} // namespace rs
