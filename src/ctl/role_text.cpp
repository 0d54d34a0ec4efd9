#include "ctl/status_text.hpp"
#include "ctl/status_words.hpp"
#include "view/time_text.hpp"

#include <algorithm>
#include <iterator>

namespace rs::ctl {
namespace {

constexpr std::size_t detail_lines = 8; // of one kind, before "and N more"

std::string director_text(const DirectorStatus& director, WallTime now)
{
    const auto name = to_string(director.address);
    if (!director.last_poll) {
        return name + ": has not asked yet";
    }
    return name + ": asked " + duration_text(now - *director.last_poll) + " ago, was told '" +
           printable(director.last_answer) + "'" + (director.polling ? "" : ", has stopped asking");
}

Cell vip_line(const VipStatus& vip)
{
    const auto text = to_string(vip.vip) + " on " + printable(vip.device);
    return vip.bound ? Cell{text} : Cell{text + " (not bound)", Tone::bad};
}

// Unbound VIPs first: they are what the reader has to know.
std::vector<Cell> vip_lines(const RoleStatus& role)
{
    auto vips = role.vips;
    // Not the one of std::ranges: clang 14 cannot compile what that returns.
    std::stable_partition(vips.begin(), vips.end(), [](const auto& vip) { return !vip.bound; });
    std::vector<Cell> lines;
    std::ranges::transform(vips, std::back_inserter(lines), vip_line);
    return lines;
}

template <typename T, typename Line>
std::vector<Cell> lines_of(const std::vector<T>& values, Line line)
{
    std::vector<Cell> lines;
    std::ranges::transform(values, std::back_inserter(lines), line);
    return lines;
}

// "  Label: first", the next ones below the first; nothing at all without lines.
std::string section(const std::string& label, std::vector<Cell> lines, const Look& look)
{
    const auto total = lines.size();
    if (total > detail_lines) {
        lines.resize(detail_lines);
        lines.push_back({"and " + std::to_string(total - detail_lines) + " more (--json has all)",
                         Tone::faint});
    }
    constexpr std::size_t width = 12;
    auto head = std::string(width - std::min(width, label.size()), ' ') + label + ": ";
    std::string text;
    for (const auto& line : lines) {
        text += head + painted(line.text, line.tone, look) + '\n';
        head.assign(head.size(), ' ');
    }
    return text;
}

// Not ours to see: what a director lacks shows as connections that break.
std::vector<Cell> drain_lines(const RoleStatus& role, WallTime now)
{
    std::vector<Cell> lines{{drain_text(role, now)}};
    if (role.connections != 0) {
        lines.push_back({"the directors need inhibit_on_failure (keepalived) or", Tone::faint});
        lines.push_back({"quiescent=yes (ldirectord), and with persistence", Tone::faint});
        lines.push_back({"net.ipv4.vs.expire_quiescent_template=1", Tone::faint});
    }
    return lines;
}

} // namespace

std::string role_text(const RoleStatus& role, WallTime now, const Look& look)
{
    const auto* kind =
        role.forwarding == Forwarding::direct_routing ? "direct routing" : "tunnelling";
    auto text = bullet(role.state, look) + " " + role.name + ": " +
                painted(to_string(role.state), tone_of(role.state), look) + ", " + kind + "\n";
    text += section("VIPs", vip_lines(role), look);
    text += section("Services", {{services_text(role)}}, look);
    text += section("Connections", {{std::to_string(role.connections)}}, look);
    text += section(
        "In sync",
        {role.in_sync ? Cell{"yes"} : Cell{"no, the host is not as it should be", Tone::bad}},
        look);
    if (role.drain) {
        text += section("Drain", drain_lines(role, now), look);
    }
    text +=
        section("Directors",
                lines_of(role.directors,
                         [&](const auto& director) { return Cell{director_text(director, now)}; }),
                look);
    text += section("Checks",
                    lines_of(role.checks,
                             [](const auto& check) {
                                 return Cell{check_text(check), check.ok ? Tone::plain : Tone::bad};
                             }),
                    look);
    const auto newest = std::vector<Drift>(role.drift.rbegin(), role.drift.rend());
    text += section("Drift",
                    lines_of(newest,
                             [](const auto& drift) {
                                 return Cell{local_time(drift.when) + "  " + printable(drift.what)};
                             }),
                    look);
    text += section("Problems",
                    lines_of(role.problems,
                             [](const auto& problem) {
                                 return Cell{printable(problem), Tone::bad};
                             }),
                    look);
    return text;
}

} // namespace rs::ctl
