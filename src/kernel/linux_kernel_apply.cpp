#include "kernel/arp_guard_changes.hpp"
#include "kernel/in_flight.hpp"
#include "kernel/linux_kernel.hpp"
#include "kernel/route.hpp"
#include "kernel/rule.hpp"
#include "kernel/sysctl_changes.hpp"
#include "kernel/tunnel_changes.hpp"
#include "kernel/vip_address.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace rs {
namespace {

// The device that the object is on; null: on none.
const std::string* device_of(const Object& object)
{
    return std::visit(
        [](const auto& alternative) -> const std::string* {
            if constexpr (requires { alternative.device; }) {
                return &alternative.device;
            } else {
                return nullptr;
            }
        },
        object);
}

netlink::Request encode_step(const Step& step, int link)
{
    return std::visit(
        [&](const auto& object) {
            if constexpr (requires { encode(step.action, object); }) {
                return encode(step.action, object);
            } else if constexpr (requires { encode(step.action, object, link); }) {
                return encode(step.action, object, link);
            } else {
                return netlink::Request{}; // carried out on its own
            }
        },
        step.object);
}

netlink::Answer no_device(const std::string& name)
{
    return {ENODEV, "no device is called '" + name + "'"};
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
        : kernel_{&kernel},
          steps_{steps},
          sysctls_{kernel.ledger_, steps, index_of_},
          guards_{kernel.arp_guards_}
    {}

    std::vector<Refusal> run()
    {
        for (std::size_t i = 0; i != steps_.size(); ++i) {
            std::visit([&](const auto& object) { carry_out(i, object); }, steps_[i].object);
        }
        flush();
        std::ranges::move(guards_.carry_out(), std::back_inserter(refusals_));
        sysctls_.finish();
        accept_existing();
        std::ranges::sort(refusals_, {}, &Refusal::step);
        return std::move(refusals_);
    }

private:
    void carry_out(std::size_t index, const Sysctl& /*sysctl*/)
    {
        flush();
        // A packet that found a VIP before it was unbound, by whomever, may not have come yet to
        // what keeps ARP silent.
        if (steps_[index].action == Step::Action::remove && !std::exchange(awaited_, true)) {
            await_packets_in_flight();
        }
        refuse(index, sysctls_.carry_out(steps_[index]));
    }

    void carry_out(std::size_t index, const GuePort& gue)
    {
        flush();
        refuse(index, kernel_->gue_ports_.carry_out(steps_[index].action, gue));
    }

    void carry_out(std::size_t index, const ArpGuard& /*guard*/)
    {
        guards_.note(index, steps_[index]);
    }

    void carry_out(std::size_t index, const TunnelDevice& tunnel) { device(index, tunnel); }

    void carry_out(std::size_t index, const FallbackDevice& fallback) { device(index, fallback); }

    // A route takes the place of ours that leads elsewhere in one piece; the step that removes the
    // old one finds it gone.
    void carry_out(std::size_t index, const ReplyRoute& reply)
    {
        const auto key = key_of(reply);
        if (steps_[index].action == Step::Action::remove) {
            if (!replaced_.contains(key)) {
                by_all_ways(index, reply);
            }
        } else {
            const bool replaces = kernel_->replies_.contains(key);
            if (replaces) {
                replaced_.insert(key);
            }
            by_all_ways(index, reply, replaces);
        }
    }

    void by_all_ways(std::size_t index, const ReplyRoute& reply, bool replaces = false)
    {
        std::vector<int> others;
        for (const auto& way : reply.others) {
            const auto link = kernel_->index_of(way.device);
            if (!link) {
                refuse(index, no_device(way.device));
                return;
            }
            others.push_back(*link);
        }
        request(index, [&](const Step& step, int link) {
            return replaces ? encode_replacement(reply, link, others)
                            : encode(step.action, reply, link, others);
        });
    }

    template <typename T>
    void carry_out(std::size_t index, const T& /*object*/)
    {
        request(index, encode_step);
    }

    template <typename Device>
    void device(std::size_t index, const Device& device)
    {
        flush();
        try {
            refuse(index, TunnelChanges{kernel_->socket_}.carry_out(steps_[index].action, device));
        } catch (const std::invalid_argument& error) {
            refuse(index, {EINVAL, error.what()});
        }
        kernel_->links_.clear(); // to be looked at again by who needs them
    }

    template <typename Encode>
    void request(std::size_t index, const Encode& encoded)
    {
        const auto& step = steps_[index];
        const auto* device = device_of(step.object);
        const auto link = device == nullptr ? std::optional{0} : kernel_->index_of(*device);
        if (!link) {
            refuse(index, no_device(*device));
            return;
        }
        try {
            batch_.append(*encoded(step, *link), index);
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
    bool awaited_ = false; // what is in flight
    ArpGuardChanges guards_;
    netlink::Batch batch_;
    std::set<ReplyKey> replaced_;
    std::vector<Refusal> refusals_;
};

LinuxKernel::ReplyKey LinuxKernel::key_of(const ReplyRoute& route)
{
    return {route.table, route.destination, route.metric};
}

std::vector<Refusal> LinuxKernel::apply(std::span<const Step> batch)
{
    if (!ledger_settled_) {
        static_cast<void>(observe());
    }
    return Application{*this, batch}.run();
}

} // namespace rs
