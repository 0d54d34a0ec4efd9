#include "ctl/status_words.hpp"

#include "ctl/words.hpp"
#include "view/time_text.hpp"

namespace rs::ctl {

Tone tone_of(RoleState state)
{
    switch (state) {
    case RoleState::serving:
        return Tone::good;
    case RoleState::drained:
    case RoleState::draining:
        return Tone::busy;
    case RoleState::stopped:
        return Tone::faint;
    case RoleState::unhealthy:
    case RoleState::degraded:
        break;
    }
    return Tone::bad;
}

std::string bullet(RoleState state, const Look& look)
{
    return painted(look.unicode ? "●" : "*", tone_of(state), look);
}

std::string services_text(const RoleStatus& role)
{
    std::vector<std::string> words;
    for (const auto& service : role.services) {
        words.push_back(to_string(service));
    }
    return words.empty() ? "-" : joined(words, " ");
}

std::string drain_text(const RoleStatus& role, WallTime now)
{
    const auto& drain = *role.drain;
    auto text = "since " + local_time(drain.since);
    if (role.state != RoleState::drained) {
        text += drain.deadline ? ", gives up waiting in " + duration_text(*drain.deadline - now)
                               : ", waits without limit";
    }
    return text + ", " + (drain.persistent ? "survives a reboot" : "until the next boot");
}

std::string check_text(const CheckStatus& check)
{
    return check.type + " " + printable(check.target) + ": " + (check.ok ? "ok" : "fails") +
           " since " + local_time(check.since);
}

} // namespace rs::ctl
