#include "kernel/gue_ports.hpp"

#include "kernel/gue.hpp"

#include <algorithm>
#include <system_error>

namespace rs {
namespace {

netlink::Answer no_module()
{
    return {EPROTONOSUPPORT, "the kernel's module fou (CONFIG_NET_FOU) is not there: modprobe fou, "
                             "and name it in /etc/modules-load.d"};
}

} // namespace

netlink::Socket& GuePorts::socket()
{
    return socket_ ? *socket_ : socket_.emplace(NETLINK_GENERIC);
}

bool GuePorts::find_family()
{
    const auto found = socket().dump<std::uint16_t>("dump of generic netlink families",
                                                    families_dump_request(), decode_fou_family);
    family_ = found.empty() ? std::nullopt : std::optional{found.front()};
    return family_.has_value();
}

std::vector<GuePort> GuePorts::dump()
{
    try {
        return socket().dump<GuePort>("dump of GUE ports", gue_dump_request(*family_), decode_gue);
    } catch (const std::system_error& error) {
        if (error.code().value() != ENOENT) {
            throw;
        }
        family_.reset(); // the module was unloaded, and its ports with it
        return {};
    }
}

std::vector<GuePort> GuePorts::observe(bool search)
{
    if (!family_ && !(search && find_family())) {
        return {};
    }
    return dump();
}

netlink::Answer GuePorts::carry_out(Step::Action action, const GuePort& gue)
{
    return action == Step::Action::add ? add(gue) : remove(gue);
}

netlink::Answer GuePorts::add(const GuePort& gue)
{
    if (!family_ && !find_family()) {
        return no_module();
    }
    auto answer = socket().ask(encode_gue(Step::Action::add, gue, *family_));
    if (answer.error == ENOENT) {
        family_.reset(); // unloaded since: the next attempt finds it if it is there again
        return no_module();
    }
    if (answer.error == EADDRINUSE || answer.error == EALREADY) {
        const auto ours = dump();
        if (std::ranges::find(ours, gue) != ours.end()) {
            return {};
        }
        answer.text = "another program has the port: `ss -lunp` or `ip fou show` names it";
    }
    return answer;
}

netlink::Answer GuePorts::remove(const GuePort& gue)
{
    const auto ours = observe(true);
    if (std::ranges::find(ours, gue) == ours.end()) {
        return {};
    }
    return socket().ask(encode_gue(Step::Action::remove, gue, *family_));
}

} // namespace rs
