#pragma once
#include "kernel/arp_guards.hpp"
#include "kernel/in_flight.hpp"
#include "reconcile/kernel.hpp"

#include <cerrno>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rs {

// The guards among the steps of a batch. They are changed together: each change makes the kernel
// take over its whole ruleset.
class ArpGuardChanges {
public:
    explicit ArpGuardChanges(ArpGuards& guards) : guards_{&guards} {}

    void note(std::size_t index, const Step& step)
    {
        const bool adds = step.action == Step::Action::add;
        (adds ? guarded_ : unguarded_).insert(std::get<ArpGuard>(step.object).vip);
        steps_.emplace_back(index, to_string(step));
    }

    [[nodiscard]] std::vector<Refusal> carry_out()
    {
        std::vector<Refusal> refusals;
        if (steps_.empty()) {
            return refusals;
        }
        if (!unguarded_.empty()) {
            await_packets_in_flight();
        }
        const auto problem = guards_->change(guarded_, unguarded_);
        for (const auto& [index, step] : steps_) {
            if (!problem.empty()) {
                refusals.push_back({index, EIO, step + ": " + problem});
            }
        }
        return refusals;
    }

private:
    ArpGuards* guards_;
    std::vector<std::pair<std::size_t, std::string>> steps_;
    std::set<Prefix> guarded_;
    std::set<Prefix> unguarded_;
};

} // namespace rs
