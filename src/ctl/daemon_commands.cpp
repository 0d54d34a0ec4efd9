#include "ctl/client.hpp"
#include "ctl/commands.hpp"
#include "ctl/follow.hpp"
#include "view/status_json.hpp"
#include "view/time_text.hpp"

#include <iostream>

// The commands that only relay: monitor and reload.
namespace rs::ctl {
namespace {

Tone tone_of(const std::string& kind)
{
    if (kind == "failure" || kind == "contested") {
        return Tone::bad;
    }
    return kind == "drift" || kind == "drain" ? Tone::busy : Tone::plain;
}

// Programs read along: every line is flushed.
void print(const Event& event, const Common& common, const Look& look)
{
    const auto time =
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    if (common.json) {
        const Json json{{"time", rfc3339(time)},
                        {"kind", event.kind},
                        {"role", event.role.empty() ? Json() : Json(event.role)},
                        {"text", event.text}};
        std::cout << json_text(json, -1) << std::endl;
        return;
    }
    constexpr std::size_t kind_width = 9; // "contested"
    auto kind = printable(event.kind);
    kind.resize(std::max(kind.size(), kind_width), ' ');
    std::cout << painted(local_time(time), Tone::faint, look) << "  "
              << painted(kind, tone_of(event.kind), look) << "  "
              << (event.role.empty() ? "" : printable(event.role) + ": ") << printable(event.text)
              << std::endl;
}

std::optional<Event> event_of(const Heard& heard)
{
    if (std::holds_alternative<Started>(heard)) {
        return Event{"daemon", "", "realserverd has started"};
    }
    if (std::holds_alternative<Stopped>(heard)) {
        return Event{"daemon", "", "realserverd has stopped"};
    }
    const auto* event = std::get_if<Event>(&heard);
    return event == nullptr ? std::nullopt : std::optional{*event};
}

} // namespace

Exit run(const MonitorCommand&, const Common& common)
{
    Client client{common};
    const auto look = look_of_output(common.color, common.legend);
    const auto status = client.status(); // so that a daemon that does not run is an error
    const auto ready = [&] {
        if (common.legend && !common.json && !common.quiet) {
            std::cerr << "realserverd " << printable(status.version) << " is "
                      << to_string(status.state)
                      << "; events follow as they happen (Ctrl-C ends)\n";
        }
    };
    hear_all(client, ready, [&](const Heard& heard) {
        if (const auto event = event_of(heard)) {
            print(*event, common, look);
        }
    });
}

Exit run(const ReloadCommand&, const Common& common)
{
    Client client{common};
    client.reload();
    if (common.json) {
        std::cout << "{\"reloaded\": true}\n";
    } else if (!common.quiet) {
        std::cout << "The new configuration is in force.\n";
    }
    return Exit::done;
}

} // namespace rs::ctl
