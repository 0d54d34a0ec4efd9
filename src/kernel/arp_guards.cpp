#include "kernel/arp_guards.hpp"

#include "kernel/arp_table.hpp"
#include "kernel/failure.hpp"
#include "kernel/nftables.hpp"

#include <algorithm>
#include <fstream>
#include <limits>

namespace rs {
namespace {

constexpr auto patience = std::chrono::minutes{1};
// Somebody else may change the ruleset while we look at it, or before our change of it arrives.
constexpr int attempts = 3;

// Without asking it anything: that would load the module.
bool has_nfnetlink()
{
    std::ifstream sockets{"/proc/net/netlink"};
    std::string address;
    std::string protocol;
    while (sockets >> address >> protocol) {
        if (protocol == std::to_string(NETLINK_NETFILTER)) {
            return true;
        }
        sockets.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    return false;
}

} // namespace

bool ArpGuards::worth_a_look(bool wanted)
{
    const bool first = !std::exchange(looked_, true);
    const bool blind = !problem_.empty() && !seen_;
    return !blind && (wanted || socket_ || (first && has_nfnetlink()));
}

// False when there is no such thing.
bool ArpGuards::ask(netlink::Request request, const Visitor& visit)
{
    const auto answer = socket_->ask(std::move(request), visit);
    if (answer.error != 0 && answer.error != ENOENT) {
        fail("nf_tables", answer.error, answer.text);
    }
    return answer.error == 0;
}

std::optional<std::uint32_t> ArpGuards::generation()
{
    std::optional<std::uint32_t> generation;
    static_cast<void>(ask(generation_request(), [&](const netlink::Message& message) {
        generation = decode_generation(message);
    }));
    return generation;
}

const std::set<Prefix>& ArpGuards::observe(bool wanted)
{
    if (!problem_.empty() && std::chrono::steady_clock::now() - failed_ > patience) {
        problem_.clear();
    }
    if (!worth_a_look(wanted)) {
        return table_.vips;
    }
    try {
        if (!socket_) {
            socket_.emplace(NETLINK_NETFILTER);
        }
        if (!seen_ || generation() != seen_) {
            look();
        }
    } catch (const std::system_error& error) {
        table_ = {};
        seen_.reset();
        fail_for_now(error.what());
    }
    return table_.vips;
}

void ArpGuards::look()
{
    for (int i = 0; i != attempts; ++i) {
        seen_ = generation();
        try {
            look_at_table();
        } catch (const std::system_error& error) {
            if (error.code().value() != ENOENT) {
                throw;
            }
            table_ = {}; // it went while it was looked at
        }
        if (generation() == seen_) {
            return;
        }
    }
}

void ArpGuards::look_at_table()
{
    table_ = {};
    auto whole = false;
    table_.exists = ask(arp_table_request(), [&](const netlink::Message& message) {
        whole = is_arp_table_awake(message);
    });
    if (!whole || !ask(arp_chain_request(), [&](const netlink::Message& message) {
            whole = is_arp_chain_hooked(message);
        })) {
        return;
    }
    for (const auto& rule : socket_->dump<ArpRule>("dump of the ARP guard's rules",
                                                   arp_rules_dump_request(), decode_arp_rule)) {
        whole = whole && rule.length;
        table_.lengths.insert(rule.length.value_or(0));
    }
    if (!whole) {
        return;
    }
    table_.sound = true;
    for (const auto length : table_.lengths) {
        for (const auto& senders : socket_->dump<Senders>(
                 "dump of an ARP guard's set", arp_set_dump_request(length), decode_arp_set)) {
            for (const auto& sender : senders) {
                table_.vips.insert({sender, static_cast<std::uint8_t>(length)});
            }
        }
    }
}

bool ArpGuards::changed()
{
    try {
        return seen_ && generation() != seen_;
    } catch (const std::system_error&) {
        return true; // observe() will say why
    }
}

std::string ArpGuards::change(const std::set<Prefix>& added, const std::set<Prefix>& removed)
{
    std::string problem;
    for (int i = 0; i != attempts; ++i) {
        auto wanted = observe(true);
        if (!seen_) {
            return problem_;
        }
        wanted.insert(added.begin(), added.end());
        std::erase_if(wanted, [&](const Prefix& vip) { return removed.contains(vip); });
        const auto failure = run_nftables(arp_script(table_, wanted));
        if (!failure) {
            problem_.clear();
            return {};
        }
        problem = *failure;
        if (generation() == seen_) {
            break; // nobody came in between
        }
    }
    if (!added.empty()) {
        fail_for_now(problem);
    }
    return problem;
}

void ArpGuards::fail_for_now(const std::string& problem)
{
    problem_ = problem;
    failed_ = std::chrono::steady_clock::now();
}

} // namespace rs
