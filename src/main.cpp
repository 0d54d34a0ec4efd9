#include "config/config.hpp"
#include "daemon.hpp"
#include "front/front_process.hpp"
#include "kernel/runtime_directory.hpp"
#include "logging.hpp"
#include "options.hpp"
#include "remains.hpp"

#include <spdlog/spdlog.h>

#include <malloc.h>

#include <csignal>
#include <cstdlib>

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

int run(const rs::Options& options)
{
    const auto bus = options.session_bus ? rs::BusKind::session : rs::BusKind::system;
    if (options.front) {
        return rs::run_front(*options.front, bus);
    }
    if (options.release) {
        return rs::put_back(runtime_directory());
    }
    if (options.release_if_stopped) {
        return rs::put_back_if_stopped(runtime_directory(), bus);
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
