#include "ctl/planned.hpp"

#include "ctl/step_command.hpp"
#include "reconcile/desired.hpp"

#include <algorithm>

namespace rs::ctl {
namespace {

std::optional<int> link_index(const Host& host, const std::string& device)
{
    if (device == "all") {
        return 0;
    }
    const auto* link = find_link(host, device);
    return link == nullptr ? std::nullopt : std::optional{link->index};
}

int value_before(const Sysctl& sysctl, const Host& host, const LedgerEntries& ledger)
{
    const auto index = link_index(host, sysctl.device);
    const auto entry = index ? ledger.find({*index, sysctl.key}) : ledger.end();
    return entry == ledger.end() ? 0 : entry->second.before;
}

bool holds_already(const Step& step, const Host& host)
{
    const auto* sysctl = std::get_if<Sysctl>(&step.object);
    if (sysctl == nullptr || step.action != Step::Action::add) {
        return false;
    }
    const auto found = host.sysctls.find({sysctl->device, sysctl->key});
    return found != host.sysctls.end() && found->second == sysctl->value;
}

std::string command_of(const Step& step, const Host& host, const LedgerEntries& ledger)
{
    const auto* sysctl = std::get_if<Sysctl>(&step.object);
    return step_command(step, sysctl == nullptr ? 0 : value_before(*sysctl, host, ledger));
}

// The roles that want an object, by object.
using Wanting = std::map<Object, std::vector<std::string>>;

Wanting wanting(const Config& config, const Host& host)
{
    Wanting names;
    for (const auto& role : config.roles) {
        for (const auto& object : desired_state(role, host).objects) {
            names[object].push_back(role.name);
        }
    }
    return names;
}

} // namespace

void add_owned_sysctls(Host& host, const LedgerEntries& ledger)
{
    for (const auto& [key, value] : ledger) {
        const auto link = std::ranges::find(host.links, key.link, &Link::index);
        if (key.link != 0 && link == host.links.end()) {
            continue;
        }
        const auto& device = key.link == 0 ? std::string{"all"} : link->name;
        const auto found = host.sysctls.find({device, key.key});
        if (found != host.sysctls.end() && found->second == value.set) {
            host.owned.insert(Sysctl{device, key.key, value.set});
        }
    }
}

std::vector<Planned> planned(const Config& config, const Host& host, const LedgerEntries& ledger)
{
    const auto names = wanting(config, host);
    std::vector<Planned> result;
    for (const auto& step : make_plan(host.owned, desired_state(config, host))) {
        if (holds_already(step, host)) {
            continue;
        }
        const auto roles = names.find(step.object);
        const auto one = roles != names.end() && roles->second.size() == 1;
        result.push_back({one ? roles->second.front() : "",
                          step.action == Step::Action::add ? "add" : "remove",
                          to_string(step.object), command_of(step, host, ledger)});
    }
    return result;
}

} // namespace rs::ctl
