#include "ctl/commands.hpp"
#include "ctl/configuration.hpp"
#include "ctl/planned.hpp"
#include "kernel/ledger.hpp"
#include "kernel/linux_kernel.hpp"
#include "kernel/sysctl.hpp"
#include "reconcile/desired.hpp"
#include "view/status_json.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

namespace rs::ctl {
namespace {

constexpr const char* ledger_file = "/run/realserverd/ledger";

void refuse_what_the_host_refuses(const LocatedConfig& located, const Host& host)
{
    if (const auto mistakes = check_against_host(located, host); !mistakes.empty()) {
        throw Failure{Exit::bad_configuration, to_string(mistakes)};
    }
}

// What the daemon found before it changed a sysctl; empty where this user may not read it.
LedgerEntries ledger()
{
    std::ifstream file{ledger_file};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    return text.empty() ? LedgerEntries{} : parse_ledger(text, current_epoch()).entries;
}

void say_obstacles(const Config& config, const Host& host)
{
    for (const auto& role : config.roles) {
        const auto desired = desired_state(role, host);
        for (const auto& obstacle : desired.obstacles) {
            std::cerr << role.name << ": cannot be bound: " << obstacle << '\n';
        }
        for (const auto& warning : desired.warnings) {
            std::cerr << role.name << ": " << warning << '\n';
        }
    }
}

void print(const std::vector<Planned>& plan, const Common& common)
{
    if (common.json) {
        auto json = Json::array();
        for (const auto& step : plan) {
            json.push_back({{"role", step.role.empty() ? Json() : Json(step.role)},
                            {"action", step.action},
                            {"object", step.object},
                            {"command", step.command}});
        }
        std::cout << json_text(json) << '\n';
        return;
    }
    for (const auto& step : plan) {
        std::cout << step.command << '\n';
    }
    if (plan.empty() && !common.quiet) {
        std::cerr << "Nothing to do: this host is as the configuration wants it.\n";
    }
}

// A kernel without a ledger looks at the sysctls of ARP only.
void look_at_sysctls(const State& wanted, Host& host)
{
    for (const auto& object : wanted) {
        const auto* sysctl = std::get_if<Sysctl>(&object);
        if (sysctl == nullptr || host.sysctls.contains({sysctl->device, sysctl->key})) {
            continue;
        }
        if (const auto value = read_sysctl(sysctl->device, sysctl->key)) {
            host.sysctls.insert({{sysctl->device, sysctl->key}, *value});
        }
    }
}

} // namespace

Exit run(const PlanCommand& command, const Common& common)
{
    const auto located = configuration_in(command.directory);
    LinuxKernel kernel;
    kernel.look_out(outlook(located.config));
    auto host = kernel.observe();
    const auto before = ledger();
    look_at_sysctls(desired_state(located.config, host), host);
    add_owned_sysctls(host, before);
    refuse_what_the_host_refuses(located, host);
    if (!common.quiet) {
        say_obstacles(located.config, host);
    }
    print(planned(located.config, host, before), common);
    return Exit::done;
}

} // namespace rs::ctl
