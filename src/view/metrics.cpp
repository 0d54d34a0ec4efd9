#include "view/metrics.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace rs {
namespace {

constexpr std::array states{RoleState::serving, RoleState::drained,   RoleState::draining,
                            RoleState::stopped, RoleState::unhealthy, RoleState::degraded};

using Labels = std::vector<std::pair<std::string_view, std::string>>;

std::string escaped(std::string_view value)
{
    std::string text;
    for (const char letter : value) {
        if (letter == '\\' || letter == '"') {
            text += '\\';
        }
        text += letter == '\n' ? std::string{"\\n"} : std::string{letter};
    }
    return text;
}

// One metric after another: the format wants all samples of one together.
class Page {
public:
    void metric(std::string_view name, std::string_view type, std::string_view help)
    {
        name_ = "realserverd_" + std::string{name};
        text_ += "# HELP " + name_ + ' ' + std::string{help} + "\n# TYPE " + name_ + ' ' +
                 std::string{type} + '\n';
    }

    void sample(const Labels& labels, const std::string& value)
    {
        text_ += name_;
        char separator = '{';
        for (const auto& [name, label] : labels) {
            text_ += separator + std::string{name} + "=\"" + escaped(label) + '"';
            separator = ',';
        }
        text_ += (labels.empty() ? " " : "} ") + value + '\n';
    }

    void sample(const Labels& labels, std::uint64_t value)
    {
        sample(labels, std::to_string(value));
    }

    [[nodiscard]] std::string text() && { return std::move(text_); }

private:
    std::string name_;
    std::string text_;
};

std::string seconds(WallTime time)
{
    const auto since = time.time_since_epoch().count();
    const auto fraction = std::to_string(since % 1'000'000);
    return std::to_string(since / 1'000'000) + '.' + std::string(6 - fraction.size(), '0') +
           fraction;
}

void node_metrics(Page& page, const NodeStatus& status)
{
    page.metric("build_info", "gauge", "The version that runs; always 1.");
    page.sample({{"version", status.version}}, 1);
    page.metric("state", "gauge", "1 for the state the node is in, that of its worst role.");
    for (const auto state : states) {
        page.sample({{"state", std::string{to_string(state)}}}, status.state == state ? 1U : 0U);
    }
    page.metric("problems", "gauge", "Problems of the node itself that the status names.");
    page.sample({}, status.problems.size());
    page.metric("drifts_total", "counter",
                "Things found changed behind the daemon's back, and put back.");
    page.sample({}, status.drifts);
}

template <typename Value>
void role_metric(Page& page, const NodeStatus& status, std::string_view name, std::string_view help,
                 Value value)
{
    page.metric(name, "gauge", help);
    for (const auto& role : status.roles) {
        page.sample({{"role", role.name}}, static_cast<std::uint64_t>(value(role)));
    }
}

void role_metrics(Page& page, const NodeStatus& status)
{
    page.metric("role_state", "gauge", "1 for the state the role is in.");
    for (const auto& role : status.roles) {
        for (const auto state : states) {
            page.sample({{"role", role.name}, {"state", std::string{to_string(state)}}},
                        role.state == state ? 1U : 0U);
        }
    }
    role_metric(page, status, "role_in_sync", "1 if the kernel holds all that the role wants.",
                [](const RoleStatus& role) { return role.in_sync; });
    role_metric(page, status, "role_connections",
                "Connections to the role's VIPs and services, as last counted.",
                [](const RoleStatus& role) { return role.connections; });
    role_metric(page, status, "role_vips", "VIPs of the role; a prefix is one.",
                [](const RoleStatus& role) { return role.vips.size(); });
    role_metric(
        page, status, "role_vips_bound", "VIPs of the role that this host holds now.",
        [](const RoleStatus& role) { return std::ranges::count_if(role.vips, &VipStatus::bound); });
    role_metric(page, status, "role_problems", "Problems that the status names.",
                [](const RoleStatus& role) { return role.problems.size(); });
}

template <typename Value>
void director_metric(Page& page, const NodeStatus& status, std::string_view name,
                     std::string_view help, Value value)
{
    page.metric(name, "gauge", help);
    for (const auto& role : status.roles) {
        for (const auto& director : role.directors) {
            page.sample({{"role", role.name}, {"director", to_string(director.address)}},
                        value(director));
        }
    }
}

void director_metrics(Page& page, const NodeStatus& status)
{
    director_metric(page, status, "director_last_poll_timestamp_seconds",
                    "When the director last asked, in seconds since 1970; 0 if it never did.",
                    [](const DirectorStatus& director) {
                        return director.last_poll ? seconds(*director.last_poll) : "0";
                    });
    director_metric(page, status, "director_polling",
                    "1 if the director asks again and again, and has not stopped.",
                    [](const DirectorStatus& director) { return director.polling ? "1" : "0"; });
    director_metric(page, status, "director_told",
                    "1 if the director has been told what holds now.",
                    [](const DirectorStatus& director) { return director.told ? "1" : "0"; });
}

void check_metrics(Page& page, const NodeStatus& status)
{
    page.metric("check_ok", "gauge", "1 if the local check passes.");
    for (const auto& role : status.roles) {
        for (std::size_t i = 0; i != role.checks.size(); ++i) {
            const auto& check = role.checks[i];
            // Two checks may be of one type and target: the number tells them apart.
            page.sample({{"role", role.name},
                         {"check", std::to_string(i)},
                         {"type", check.type},
                         {"target", check.target}},
                        check.ok ? 1U : 0U);
        }
    }
}

void endpoint_metrics(Page& page, const EndpointCounters& counters)
{
    page.metric("health_requests_total", "counter", "Requests answered over HTTP, by status code.");
    for (const auto& [code, count] : counters.requests) {
        page.sample({{"code", std::to_string(code)}}, count);
    }
    page.metric("agent_checks_total", "counter", "Lines of the agent-check protocol sent.");
    page.sample({}, counters.agent_checks);
    page.metric("health_refusals_total", "counter",
                "Connections to the health endpoints that were cut off, by reason.");
    for (std::size_t i = 0; i != cut_off_kinds; ++i) {
        page.sample({{"reason", std::string{to_string(static_cast<CutOff>(i))}}},
                    counters.cut_offs.at(i));
    }
    page.metric("health_connections", "gauge", "Connections open at the health endpoints.");
    page.sample({}, counters.open);
}

} // namespace

std::string_view to_string(CutOff reason)
{
    constexpr std::array<std::string_view, cut_off_kinds> words{"not_allowed", "to_a_vip",
                                                                "too_many", "too_slow"};
    return words.at(static_cast<std::size_t>(reason));
}

std::string metrics_text(const NodeStatus& status, const EndpointCounters& counters)
{
    Page page;
    node_metrics(page, status);
    role_metrics(page, status);
    director_metrics(page, status);
    check_metrics(page, status);
    endpoint_metrics(page, counters);
    return std::move(page).text();
}

} // namespace rs
