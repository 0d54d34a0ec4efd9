#include "ctl/director_config_options.hpp"

#include "ctl/exit_status.hpp"

#include <CLI/CLI.hpp>

#include <map>

namespace rs::ctl {
namespace {

Address real_address(const std::string& text)
{
    const auto address = parse_address(text);
    if (!address) {
        throw Failure{Exit::usage,
                      "--rip: '" + text + "' is not an address; write 192.0.2.9 or 2001:db8::9"};
    }
    return *address;
}

} // namespace

void add_director_config(CLI::App& app, DirectorConfigOptions& options)
{
    const std::map<std::string, DirectorFormat> formats{{"keepalived", DirectorFormat::keepalived},
                                                        {"ipvsadm", DirectorFormat::ipvsadm},
                                                        {"ldirectord", DirectorFormat::ldirectord}};
    const std::map<std::string, DirectorCheck> checks{{"http", DirectorCheck::http},
                                                      {"misc", DirectorCheck::misc}};
    app.add_option("ROLE", options.command.roles, "Only these roles");
    app.add_option("--format", options.command.format,
                   "keepalived (the default), ipvsadm (for ipvsadm -R), ldirectord")
        ->type_name("FORMAT")
        ->transform(CLI::CheckedTransformer(formats).description(""));
    app.add_option("--check", options.command.check,
                   "How the director asks: http (the default), or misc, by running "
                   "realserver-check")
        ->type_name("HOW")
        ->transform(CLI::CheckedTransformer(checks).description(""));
    app.add_option("--rip", options.real_addresses,
                   "This host's address; default: the one it uses towards the role's directors")
        ->type_name("ADDRESS")
        ->allow_extra_args(false); // the next word is a role
    app.add_option("--config", options.command.directory, "Where the configuration is")
        ->type_name("DIR")
        ->capture_default_str();
}

void apply_director_config(DirectorConfigOptions& options)
{
    for (const auto& text : options.real_addresses) {
        options.command.real_addresses.push_back(real_address(text));
    }
}

} // namespace rs::ctl
