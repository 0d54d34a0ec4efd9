#include "kernel/linux_kernel.hpp"
#include "kernel/route.hpp"
#include "kernel/rule.hpp"
#include "kernel/sysctl_changes.hpp"
#include "kernel/vip_address.hpp"

#include <algorithm>
#include <stdexcept>

namespace rs {
namespace {

template <typename... Visitors>
struct Overload : Visitors... {
    using Visitors::operator()...;
};

template <typename... Visitors>
Overload(Visitors...) -> Overload<Visitors...>;

// The device that the object is on; null: on none.
const std::string* device_of(const Object& object)
{
    return std::visit(Overload{[](const Guard&) -> const std::string* { return nullptr; },
                               [](const ProbeBlock&) -> const std::string* { return nullptr; },
                               [](const ReplyRule&) -> const std::string* { return nullptr; },
                               [](const auto& on_device) { return &on_device.device; }},
                      object);
}

netlink::Request encode(const Step& step, int link)
{
    return std::visit(
        Overload{[](const Sysctl&) { return netlink::Request{}; }, // not by netlink
                 [&](const Guard& guard) { return encode(step.action, guard); },
                 [&](const ProbeBlock& block) { return encode(step.action, block); },
                 [&](const ReplyRule& rule) { return encode(step.action, rule); },
                 [&](const auto& object) { return encode(step.action, object, link); }},
        step.object);
}

// What removing an object says when it, or the device it was on, is gone.
bool means_gone(int error)
{
    return error == ENOENT || error == ESRCH || error == EADDRNOTAVAIL || error == ENODEV;
}

} // namespace

// One batch on its way. Requests are gathered as long as they follow each other.
class LinuxKernel::Application {
public:
    Application(LinuxKernel& kernel, std::span<const Step> steps)
        : kernel_{&kernel}, steps_{steps}, sysctls_{kernel.ledger_, steps, index_of_}
    {}

    std::vector<Refusal> run()
    {
        for (std::size_t i = 0; i != steps_.size(); ++i) {
            if (std::holds_alternative<Sysctl>(steps_[i].object)) {
                flush();
                refuse(i, {sysctls_.carry_out(steps_[i]), {}});
            } else {
                request(i);
            }
        }
        flush();
        sysctls_.finish();
        accept_existing();
        std::ranges::sort(refusals_, {}, &Refusal::step);
        return std::move(refusals_);
    }

private:
    void request(std::size_t index)
    {
        const auto& step = steps_[index];
        const auto* device = device_of(step.object);
        const auto link = device == nullptr ? std::optional{0} : kernel_->index_of(*device);
        if (!link) {
            refuse(index, {ENODEV, "no device is called '" + *device + "'"});
            return;
        }
        try {
            batch_.append(*encode(step, *link), index);
        } catch (const std::invalid_argument& error) {
            refuse(index, {EINVAL, error.what()});
        }
        if (kernel_->socket_.full(batch_)) {
            flush();
        }
    }

    void flush()
    {
        for (const auto& failure : kernel_->socket_.transact(batch_)) {
            refuse(failure.tag, failure.answer);
        }
    }

    void refuse(std::size_t index, const netlink::Answer& answer)
    {
        const auto& step = steps_[index];
        if (answer.error != 0 &&
            !(step.action == Step::Action::remove && means_gone(answer.error))) {
            refusals_.push_back(
                {index, answer.error, to_string(step) + ": " + netlink::to_string(answer)});
        }
    }

    // Whether what exists is ours is seen in a dump only. One will do for the whole batch.
    void accept_existing()
    {
        if (std::ranges::find(refusals_, EEXIST, &Refusal::error) == refusals_.end()) {
            return;
        }
        const auto host = kernel_->observe();
        std::erase_if(refusals_, [&](const Refusal& refusal) {
            return refusal.error == EEXIST && host.owned.contains(steps_[refusal.step].object);
        });
        for (auto& refusal : refusals_) {
            if (refusal.error == EEXIST) {
                refusal.reason += "; it is not ours: remove it, and it is taken over";
            }
        }
    }

    LinuxKernel* kernel_;
    std::span<const Step> steps_;
    SysctlChanges::IndexOf index_of_ = [this](const std::string& device) {
        return kernel_->index_of(device);
    };
    SysctlChanges sysctls_;
    netlink::Batch batch_;
    std::vector<Refusal> refusals_;
};

std::vector<Refusal> LinuxKernel::apply(std::span<const Step> batch)
{
    if (!ledger_settled_) {
        static_cast<void>(observe());
    }
    return Application{*this, batch}.run();
}

} // namespace rs
