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

// An ARP guard is an element of a table that comes with the first and goes with the last.
class GuardCommands {
public:
    GuardCommands(const State& owned, const State& desired)
    {
        for (const auto& object : owned) {
            if (const auto* guard = std::get_if<ArpGuard>(&object)) {
                lengths_.insert(guard->vip.length);
                ++left_;
            }
        }
        for (const auto& object : desired) {
            left_ += std::holds_alternative<ArpGuard>(object) && !owned.contains(object) ? 1U : 0U;
        }
    }

    std::string around(const Step& step, const std::string& command)
    {
        const auto* guard = std::get_if<ArpGuard>(&step.object);
        if (guard == nullptr) {
            return command;
        }
        if (step.action == Step::Action::remove) {
            return --left_ == 0 ? arp_guards_removal() : command;
        }
        const bool table = lengths_.empty();
        return lengths_.insert(guard->vip.length).second
                   ? arp_guard_frame(guard->vip.length, table) + command
                   : command;
    }

private:
    std::set<unsigned> lengths_;
    std::size_t left_ = 0; // when all additions are made
};

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
    const auto desired = desired_state(config, host);
    GuardCommands guards{host.owned, desired};
    for (const auto& step : make_plan(host.owned, desired)) {
        if (holds_already(step, host)) {
            continue;
        }
        const auto roles = names.find(step.object);
        const auto one = roles != names.end() && roles->second.size() == 1;
        result.push_back(
            {one ? roles->second.front() : "", step.action == Step::Action::add ? "add" : "remove",
             to_string(step.object), guards.around(step, command_of(step, host, ledger))});
    }
    return result;
}

} // namespace rs::ctl
