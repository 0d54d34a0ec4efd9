#pragma once
#include "ctl/options.hpp"

namespace CLI { // NOLINT(readability-identifier-naming): theirs
class App;
} // namespace CLI

// The command line of director-config.
namespace rs::ctl {

// What CLI11 writes to while it parses.
struct DirectorConfigOptions {
    DirectorConfigCommand command;
    std::vector<std::string> real_addresses;
};

constexpr const char* director_config_summary =
    "Print the directors' configuration that fits this host's roles";

// `options` must outlive the parsing.
void add_director_config(CLI::App& app, DirectorConfigOptions& options);
// Once it is parsed. Throws Failure (Exit::usage).
void apply_director_config(DirectorConfigOptions& options);

} // namespace rs::ctl
