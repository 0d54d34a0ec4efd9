#include "ctl/status_text.hpp"

#include "ctl/status_words.hpp"
#include "ctl/words.hpp"

#include <algorithm>

namespace rs::ctl {
namespace {

constexpr std::size_t cell_vips = 2; // as many fit in a table on 80 columns

std::string vips_cell(const RoleStatus& role)
{
    std::vector<std::string> words;
    for (const auto& vip : role.vips) {
        if (words.size() == cell_vips) {
            words.push_back("+" + std::to_string(role.vips.size() - cell_vips));
            break;
        }
        words.push_back(to_string(vip.vip));
    }
    return words.empty() ? "-" : joined(words, " ");
}

std::string headline(const NodeStatus& status, const Look& look)
{
    auto text = bullet(status.state, look) + " realserverd " + printable(status.version) + ": " +
                painted(to_string(status.state), tone_of(status.state), look) + ", " +
                counted(status.roles.size(), "role") + ", " +
                counted(status.connections, "connection");
    if (status.drifts != 0) {
        text += ", " + counted(status.drifts, "foreign change") + " put back";
    }
    return text + "\n";
}

Row row_of(const RoleStatus& role)
{
    const auto sync = role.in_sync ? Cell{"yes", Tone::plain} : Cell{"no", Tone::bad};
    return {{role.name},
            {std::string{to_string(role.state)}, tone_of(role.state)},
            sync,
            {vips_cell(role)},
            {services_text(role)},
            {std::to_string(role.connections), Tone::plain, true},
            {std::to_string(role.drift.size()), Tone::plain, true}};
}

Row heading()
{
    Row row;
    for (const auto* word : {"ROLE", "STATE", "IN SYNC", "VIPS", "SERVICES", "CONN", "DRIFT"}) {
        row.push_back({word, Tone::heading, false});
    }
    row[5].right = true;
    row[6].right = true;
    return row;
}

// What a table has no room for.
std::vector<std::string> remarks(const RoleStatus& role, WallTime now)
{
    std::vector<std::string> lines;
    const auto unbound =
        std::ranges::count_if(role.vips, [](const auto& vip) { return !vip.bound; });
    if (unbound != 0) {
        lines.push_back(std::to_string(unbound) + " of " + counted(role.vips.size(), "VIP") +
                        " not bound");
    }
    if (role.drain) {
        lines.push_back("drain " + drain_text(role, now));
    }
    std::ranges::transform(role.problems, std::back_inserter(lines), printable);
    return lines;
}

// Below the table: what is wrong, or to be known, a line each.
std::string remarks(const NodeStatus& status, WallTime now, const Look& look)
{
    std::string text;
    for (const auto& problem : status.problems) {
        text += painted("node", Tone::bad, look) + ": " + printable(problem) + '\n';
    }
    for (const auto& lack : status.missing) {
        text += painted("node", Tone::faint, look) + ": " + printable(lack) + '\n';
    }
    for (const auto& role : status.roles) {
        for (const auto& line : remarks(role, now)) {
            text += painted(role.name, tone_of(role.state), look) + ": " + line + '\n';
        }
    }
    return text;
}

} // namespace

std::string node_text(const NodeStatus& status, WallTime now, const Look& look)
{
    std::string text = look.legend ? headline(status, look) : "";
    if (status.roles.empty()) {
        return text + (look.legend ? "No role is configured: see realserverd.toml(5).\n" : "") +
               remarks(status, now, look);
    }
    std::vector<Row> rows;
    if (look.legend) {
        text += '\n';
        rows.push_back(heading());
    }
    std::ranges::transform(status.roles, std::back_inserter(rows), row_of);
    text += table(rows, look);

    const auto below = remarks(status, now, look);
    return below.empty() ? text : text + '\n' + below;
}

} // namespace rs::ctl
