#include "config/config.hpp"
#include "daemon.hpp"
#include "kernel/runtime_directory.hpp"
#include "logging.hpp"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdlib>
#include <iostream>

// The composition root: options, configuration, the host's own word, the daemon.
namespace {

constexpr int exit_config = 78; // EX_CONFIG of sysexits.h
constexpr int exit_usage = 2;

struct Options {
    std::string config = "/etc/realserverd";
    bool check = false;
    bool session_bus = false;
};

// The first directory systemd names in `variable`, or the one of an installed host.
std::string directory(const char* variable, const char* fallback)
{
    const char* value = std::getenv(variable); // NOLINT(concurrency-mt-unsafe): single-threaded
    const std::string list = value == nullptr ? fallback : value;
    return list.substr(0, list.find(':'));
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

// The configuration in `directory` if it is good, also for this host; else its mistakes.
std::variant<rs::Config, rs::Mistakes> read_config(const std::string& directory)
{
    auto loaded = rs::load_config(directory);
    if (auto* mistakes = std::get_if<rs::Mistakes>(&loaded)) {
        return std::move(*mistakes);
    }
    auto& located = std::get<rs::LocatedConfig>(loaded);
    if (auto mistakes = rs::check_against_host(located, rs::LinuxKernel{}.observe());
        !mistakes.empty()) {
        return mistakes;
    }
    return std::move(located.config);
}

int run(const Options& options)
{
    auto config = read_config(options.config);
    if (const auto* mistakes = std::get_if<rs::Mistakes>(&config)) {
        for (const auto& mistake : *mistakes) {
            spdlog::error("{}", to_string(mistake));
        }
        return exit_config;
    }
    if (options.check) {
        return EXIT_SUCCESS;
    }
    const rs::Directories directories{options.config,
                                      directory("RUNTIME_DIRECTORY", "/run/realserverd"),
                                      directory("STATE_DIRECTORY", "/var/lib/realserverd")};
    const rs::RuntimeLock lock{directories.runtime};
    static_cast<void>(rs::open_runtime_directory(directories.state));
    rs::Daemon daemon{directories, std::move(std::get<rs::Config>(config)),
                      options.session_bus ? rs::BusKind::session : rs::BusKind::system};
    return daemon.run();
}

} // namespace

int main(int argc, char* argv[])
{
    Options options;
    CLI::App app{"realserverd: holds the virtual IPs of an LVS real server"};
    app.add_option("--config", options.config, "directory of realserverd.toml and conf.d")
        ->capture_default_str();
    app.add_flag("--check", options.check,
                 "check the configuration, change nothing, exit 78 if bad");
    app.add_flag("--session-bus", options.session_bus, "use the session bus (tests and the demo)");
    app.set_version_flag("--version", std::string{"realserverd "} + PROJECT_VERSION);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == EXIT_SUCCESS ? EXIT_SUCCESS : exit_usage;
    }
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
