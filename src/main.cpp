#include "bus/unit_job.hpp"
#include "config/config.hpp"
#include "daemon.hpp"
#include "front/front_process.hpp"
#include "kernel/runtime_directory.hpp"
#include "logging.hpp"
#include "options.hpp"
#include "reconcile/release.hpp"

#include <spdlog/spdlog.h>

#include <malloc.h>

#include <csignal>
#include <cstdlib>
#include <optional>
#include <system_error>

// The composition root: options, configuration, the host's own word, the daemon.
namespace {

constexpr int exit_config = 78; // EX_CONFIG of sysexits.h

// The first directory systemd names in `variable`, or the one of an installed host.
std::string directory(const char* variable, const char* fallback)
{
    const char* value = std::getenv(variable);
    const std::string list = value == nullptr ? fallback : value;
    return list.substr(0, list.find(':'));
}

// Large texts (a status of a thousand VIPs) come and go for months: each is given back at once,
// where glibc would raise its threshold and keep the holes.
void return_large_blocks()
{
    constexpr int large = 32 << 10;
    ::mallopt(M_MMAP_THRESHOLD, large);
}

// Signals are read from the loop; until it runs they wait.
void block_signals()
{
    sigset_t signals;
    sigemptyset(&signals);
    for (const auto signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR2}) {
        sigaddset(&signals, signal);
    }
    sigprocmask(SIG_BLOCK, &signals, nullptr);
}

int refuse(const rs::Mistakes& mistakes)
{
    for (const auto& mistake : mistakes) {
        spdlog::error("{}", to_string(mistake));
    }
    return exit_config;
}

int check(const rs::LocatedConfig& located)
{
    const auto mistakes = rs::check_against_host(located, rs::LinuxKernel{}.observe());
    return mistakes.empty() ? EXIT_SUCCESS : refuse(mistakes);
}

std::string runtime_directory()
{
    return directory("RUNTIME_DIRECTORY", "/run/realserverd");
}

// What a daemon that is dead for good left behind, which no other may touch meanwhile.
class Remains {
public:
    [[nodiscard]] bool empty()
    {
        return kernel_.observe().owned.empty() && kernel_.ledger_problem().empty();
    }

    [[nodiscard]] int put_back()
    {
        auto left = rs::release(kernel_);
        if (!kernel_.ledger_problem().empty()) {
            left.push_back("the sysctls, since the ledger is lost: " + kernel_.ledger_problem());
        }
        for (const auto& object : left) {
            spdlog::error("left behind: {}", object);
        }
        // As after any stop: the next start knows nothing of the time between.
        rs::HealthStore{directory_}.save({});
        return left.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
    }

private:
    std::string directory_ = runtime_directory();
    rs::RuntimeLock lock_{directory_};
    rs::LinuxKernel kernel_{directory_};
};

// None: a daemon lives, which puts it back itself.
std::optional<Remains> remains_of_dead()
{
    try {
        return std::optional<Remains>{std::in_place};
    } catch (const std::system_error& error) {
        if (error.code() == std::errc::operation_would_block) {
            return std::nullopt;
        }
        throw;
    }
}

// Whatever became of the daemon: told to restart and then to stop, it has left everything in place,
// one that hung was killed, and one that crashed is not started again. Where nobody can be asked,
// the next start takes over what is there.
int put_back_if_stopped(rs::BusKind bus)
{
    auto remains = remains_of_dead();
    if (!remains || remains->empty()) {
        return EXIT_SUCCESS; // at shutdown the bus may be gone by now
    }
    std::string job;
    try {
        job = rs::job_of_own_unit(bus);
    } catch (const std::exception& error) {
        spdlog::warn("whether it was stopped or restarts cannot be asked ({}); "
                     "what is bound stays bound",
                     error.what());
    }
    return job == "stop" ? remains->put_back() : EXIT_SUCCESS;
}

int run(const rs::Options& options)
{
    const auto bus = options.session_bus ? rs::BusKind::session : rs::BusKind::system;
    if (options.front) {
        return rs::run_front(*options.front, bus);
    }
    if (options.release) {
        return Remains{}.put_back();
    }
    if (options.release_if_stopped) {
        return put_back_if_stopped(bus);
    }
    auto loaded = rs::load_config(options.config);
    if (const auto* mistakes = std::get_if<rs::Mistakes>(&loaded)) {
        return refuse(*mistakes);
    }
    auto& located = std::get<rs::LocatedConfig>(loaded);
    if (options.check) {
        return check(located);
    }
    const rs::Directories directories{options.config, runtime_directory(),
                                      directory("STATE_DIRECTORY", "/var/lib/realserverd")};
    rs::FrontProcess front{bus};
    const rs::RuntimeLock lock{directories.runtime};
    static_cast<void>(rs::open_runtime_directory(directories.state));
    rs::LinuxKernel kernel{directories.runtime};
    const auto host = kernel.observe();
    if (const auto mistakes = rs::check_against_host(located, host); !mistakes.empty()) {
        const auto status = refuse(mistakes);
        if (host.owned.empty()) {
            return status;
        }
        // Not the files have changed but the host: that degrades a role, and what an earlier life
        // bound is not left alone for it.
        spdlog::warn("going on, for what is bound");
    }
    rs::Daemon daemon{kernel, directories, std::move(located.config), front.take_socket()};
    return daemon.run();
}

} // namespace

int main(int argc, char* argv[])
{
    const auto [options, exit_status] = rs::read_options(argc, argv);
    if (exit_status) {
        return *exit_status;
    }
    return_large_blocks();
    block_signals();
    rs::start_logging();
    try {
        return run(options);
    } catch (const std::exception& error) {
        // What is in the kernel stays: the next start takes it over.
        spdlog::critical("{}", error.what());
        return EXIT_FAILURE;
    }
}
