#pragma once
#include "reconcile/arp.hpp"
#include "reconcile/desired.hpp"
#include "reconcile/kernel.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <system_error>

namespace rs::test {

// A kernel in memory, for injecting failures; what a real one does is tested against a real one.
class MemoryKernel : public Kernel {
public:
    Host host;
    std::map<SysctlName, int> ledger; // what was there before
    // Refuses a step by its number since the start, or by what it is.
    std::optional<int> refuse_nth;
    std::function<bool(const Step&)> refuse = [](const Step&) { return false; };
    std::function<void(const Step&)> after_step = [](const Step&) {};
    int steps = 0;
    int batches = 0;
    int looks = 0;
    int blind = 0;                                            // so many looks fail
    std::function<bool()> before_look = [] { return false; }; // true: it fails

    Outlook outlook;

    void look_out(Outlook wanted) override { outlook = std::move(wanted); }

    Host observe() override
    {
        ++looks;
        if (blind > 0 || before_look()) {
            blind = std::max(blind - 1, 0);
            throw std::system_error{EINTR, std::generic_category(), "dump, says the test"};
        }
        auto seen = host;
        seen.before = ledger;
        std::ranges::sort(seen.addresses);
        std::erase_if(seen.owned, [&](const Object& object) {
            const auto* sysctl = std::get_if<Sysctl>(&object);
            return sysctl != nullptr &&
                   host.sysctls.at({sysctl->device, sysctl->key}) != sysctl->value;
        });
        return seen;
    }

    std::vector<Refusal> apply(std::span<const Step> batch) override
    {
        ++batches;
        std::vector<Refusal> refusals;
        for (std::size_t i = 0; i != batch.size(); ++i) {
            if (refuse_nth == steps++ || refuse(batch[i])) {
                refusals.push_back({i, EBUSY, "busy, says the test"});
                continue;
            }
            carry_out(batch[i]);
            after_step(batch[i]);
        }
        return refusals;
    }

    void add_link(const std::string& name, bool arp)
    {
        host.links.push_back({static_cast<int>(host.links.size()) + 1, name, true, arp, !arp});
        for (const auto* key : {"arp_ignore", "arp_announce"}) {
            host.sysctls[{name, key}] = 0;
            host.sysctls.try_emplace({"all", key}, 0);
        }
    }

private:
    void carry_out(const Step& step)
    {
        const bool add = step.action == Step::Action::add;
        if (const auto* sysctl = std::get_if<Sysctl>(&step.object)) {
            set(*sysctl, add);
        }
        if (const auto* vip = std::get_if<VipAddress>(&step.object)) {
            const DeviceAddress address{vip->device, host_prefix(vip->vip), true};
            std::erase(host.addresses, address);
            if (add) {
                host.addresses.push_back(address);
            }
        }
        if (add) {
            host.owned.insert(step.object);
        } else {
            host.owned.erase(step.object);
        }
    }

    void set(const Sysctl& sysctl, bool add)
    {
        const SysctlName name{sysctl.device, sysctl.key};
        auto& value = host.sysctls[name];
        if (add) {
            ledger.try_emplace(name, value);
            std::erase_if(host.owned, [&](const Object& object) {
                const auto* old = std::get_if<Sysctl>(&object);
                return old != nullptr && SysctlName{old->device, old->key} == name;
            });
            value = sysctl.value;
        } else if (const auto before = ledger.find(name); before != ledger.end()) {
            value = value == sysctl.value ? before->second : value;
            ledger.erase(before);
        }
    }
};

// A host with lo, and eth0 in 198.51.100.0/24.
inline MemoryKernel& with_network(MemoryKernel& kernel)
{
    kernel.add_link("lo", false);
    kernel.add_link("eth0", true);
    kernel.host.addresses.push_back({"eth0", *parse_prefix("198.51.100.9/24"), false});
    kernel.host.addresses.push_back({"lo", *parse_prefix("127.0.0.1/8"), false});
    return kernel;
}

inline Role web_role(std::vector<std::string> vips = {"192.0.2.8", "2001:db8::8"})
{
    Role role;
    role.name = "web";
    for (const auto& vip : vips) {
        role.vips.push_back(*parse_prefix(vip));
    }
    role.services = {{80, Protocol::tcp}, {443, Protocol::tcp}};
    return role;
}

} // namespace rs::test
