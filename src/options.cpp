#include "options.hpp"

#include <getopt.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace rs {
namespace {

constexpr int exit_usage = 2;

constexpr const char* help = R"(Usage: realserverd [OPTION]...
Holds the virtual IPs of an LVS real server, and never answers ARP for them.

  --config DIR   directory of realserverd.toml and conf.d (/etc/realserverd)
  --check        check the configuration and change nothing; 78 if it is bad
  --release      put the host back as it was, and end: for when no daemon runs any more
  --release-if-stopped
                 the same where systemd stops the unit of this process, and does not restart it
  --session-bus  use the session bus instead of the system bus
  --version      print the version
  --help         print this

See realserverd(8), realserverd.toml(5) and realserverctl(1).
)";

// Nobody is left to tell when this fails.
void print(std::FILE* stream, const std::string& text)
{
    static_cast<void>(std::fputs(text.c_str(), stream));
}

enum Word : int {
    config_word = 'c',
    check_word,
    release_word,
    release_if_stopped_word,
    session_bus_word,
    front_word,
    version_word,
    help_word
};

const std::array<option, 9> words{
    {{"config", required_argument, nullptr, config_word},
     {"check", no_argument, nullptr, check_word},
     {"release", no_argument, nullptr, release_word},
     {"release-if-stopped", no_argument, nullptr, release_if_stopped_word},
     {"session-bus", no_argument, nullptr, session_bus_word},
     {"front", required_argument, nullptr, front_word}, // by itself only
     {"version", no_argument, nullptr, version_word},
     {"help", no_argument, nullptr, help_word},
     {nullptr, 0, nullptr, 0}}};

// What a word without an argument sets; null: it is none of those.
bool* flag_of(int word, Options& options)
{
    switch (word) {
    case check_word:
        return &options.check;
    case release_word:
        return &options.release;
    case release_if_stopped_word:
        return &options.release_if_stopped;
    case session_bus_word:
        return &options.session_bus;
    default:
        return nullptr;
    }
}

} // namespace

OptionsOrExit read_options(int argc, char** argv)
{
    Options options;
    int word{};
    while ((word = getopt_long(argc, argv, "", words.data(), nullptr)) != -1) {
        if (auto* const flag = flag_of(word, options)) {
            *flag = true;
            continue;
        }
        switch (word) {
        case config_word:
            options.config = optarg;
            break;
        case front_word:
            options.front = static_cast<int>(
                std::strtol(optarg, nullptr, 10)); // no socket: its first use fails
            break;
        case version_word:
            print(stdout, "realserverd " PROJECT_VERSION "\n");
            return {options, EXIT_SUCCESS};
        case help_word:
            print(stdout, help);
            return {options, EXIT_SUCCESS};
        default: // getopt_long has said what is wrong
            print(stderr, "Try realserverd --help.\n");
            return {options, exit_usage};
        }
    }
    if (optind != argc) {
        print(stderr, "realserverd: takes no argument '" + std::string{argv[optind]} +
                          "'; try realserverd --help\n");
        return {options, exit_usage};
    }
    return {options, std::nullopt};
}

} // namespace rs
