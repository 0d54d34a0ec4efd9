#include "ctl/director_config.hpp"
#include "ctl/director_config_reach.hpp"
#include "ctl/exit_status.hpp"
#include "ctl/words.hpp"

#include <algorithm>

namespace rs::ctl {
namespace {

std::string family_text(Family family)
{
    return family == Family::ipv4 ? "IPv4" : "IPv6";
}

// What is known of one role while its services are put together.
class RoleView {
public:
    RoleView(const Config& config, const Role& role, const DirectorConfigCommand& command,
             const SourceTowards& source, DirectorView& view)
        : config_{config}, role_{role}, command_{command}, source_{source}, view_{view}
    {}

    void add()
    {
        refuse_tunnel_nobody_knows();
        warn_of_refused_directors();
        for (const auto& vip : role_.vips) {
            add(vip);
        }
    }

private:
    void warn(const std::string& text) { note(view_.warnings, text); }

    void refuse(const std::string& text) { note(view_.mistakes, text); }

    // Once: each VIP of a family has the same thing to say.
    void note(std::vector<std::string>& texts, const std::string& text)
    {
        const auto line = role_.name + ": " + text;
        if (std::ranges::find(texts, line) == texts.end()) {
            texts.push_back(line);
        }
    }

    [[nodiscard]] bool asked() const { return command_.format != DirectorFormat::ipvsadm; }

    void refuse_tunnel_nobody_knows()
    {
        if (command_.format == DirectorFormat::ldirectord &&
            role_.forwarding == Forwarding::tunnelling &&
            role_.tunnel.encapsulation != Encapsulation::ipip) {
            refuse("ldirectord knows IPIP tunnels only; use keepalived or ipvsadm");
        }
    }

    void warn_of_refused_directors()
    {
        if (!asked()) {
            return;
        }
        for (const auto& director : role_.directors) {
            if (!may_ask(config_.node.health, director)) {
                warn("health.allow refuses its director " + to_string(director));
            }
        }
        if (role_.directors.empty()) {
            warn("it names no directors: see to it that health.allow lets them ask");
        }
    }

    void add(const Prefix& vip)
    {
        const auto real = real_address(vip.address.family);
        if (!real) {
            return;
        }
        const auto port = asked() ? check_port(config_.node.health, *real) : std::optional<Port>{0};
        if (!port) {
            refuse(unreachable_text(config_.node.health, *real));
            return;
        }
        for (const auto& service : role_.services) {
            view_.services.push_back(
                {role_.name, vip, service, *real, *port, role_.forwarding, role_.tunnel});
            if (expanded(vip).empty()) {
                warn(too_wide_text(view_.services.back()));
            }
        }
    }

    // This host, as the directors of the VIPs of `family` know it.
    std::optional<Address> real_address(Family family)
    {
        const bool tunnel = role_.forwarding == Forwarding::tunnelling;
        if (tunnel && role_.tunnel.local) {
            return role_.tunnel.local;
        }
        const auto other = family == Family::ipv4 ? Family::ipv6 : Family::ipv4;
        for (const auto outer : {family, other}) {
            // Only a tunnel carries one family in the other.
            if (outer == family || tunnel) {
                if (const auto known = given(outer) ? given(outer) : towards_directors(outer)) {
                    return known;
                }
            }
        }
        refuse("this host's " + family_text(family) + " address is not known: " + why_not(family) +
               "; give it by --rip ADDRESS");
        return std::nullopt;
    }

    [[nodiscard]] std::optional<Address> given(Family family) const
    {
        const auto found = std::ranges::find(command_.real_addresses, family, &Address::family);
        return found == command_.real_addresses.end() ? std::nullopt : std::optional{*found};
    }

    std::optional<Address> towards_directors(Family family)
    {
        std::optional<Address> first;
        for (const auto& director : role_.directors) {
            const auto source = director.family == family ? source_(director) : std::nullopt;
            if (source && first && *source != *first) {
                warn("this host is " + to_string(*source) + " to the director " +
                     to_string(director) + ", but " + to_string(*first) +
                     " to another and here; the other by --rip ADDRESS");
            }
            first = first ? first : source;
        }
        return first;
    }

    [[nodiscard]] std::string why_not(Family family) const
    {
        const auto director = std::ranges::find(role_.directors, family, &Address::family);
        return director == role_.directors.end() ? "the role has no director of that family"
                                                 : "there is no route to " + to_string(*director);
    }

    const Config& config_;
    const Role& role_;
    const DirectorConfigCommand& command_;
    const SourceTowards& source_;
    DirectorView& view_;
};

std::vector<const Role*> chosen(const Config& config, const std::vector<std::string>& names)
{
    std::vector<std::string> known;
    for (const auto& role : config.roles) {
        known.push_back(role.name);
    }
    for (const auto& name : names) {
        if (std::ranges::find(known, name) == known.end()) {
            throw Failure{Exit::no_such_role, no_such_role_text(name, known)};
        }
    }
    std::vector<const Role*> roles;
    for (const auto& role : config.roles) {
        if (names.empty() || std::ranges::find(names, role.name) != names.end()) {
            roles.push_back(&role);
        }
    }
    return roles;
}

} // namespace

DirectorView director_view(const Config& config, const DirectorConfigCommand& command,
                           const SourceTowards& source)
{
    DirectorView view;
    for (const auto* const role : chosen(config, command.roles)) {
        RoleView{config, *role, command, source, view}.add();
    }
    return view;
}

std::vector<Address> expanded(const Prefix& vip)
{
    const unsigned bits = width(vip.address.family) - vip.length;
    if (bits > 8) {
        return {};
    }
    static_assert(largest_expansion == 1U << 8U);
    const auto last = vip.address.family == Family::ipv4 ? std::size_t{3} : std::size_t{15};
    std::vector<Address> addresses;
    for (unsigned number = 0; number != 1U << bits; ++number) {
        auto address = network(vip).address;
        address.bytes.at(last) = static_cast<std::uint8_t>(address.bytes.at(last) + number);
        addresses.push_back(address);
    }
    return addresses;
}

std::string too_wide_text(const VirtualService& service)
{
    return to_string(service.vip) + ' ' + to_string(service.service) + " is left out, more than " +
           std::to_string(largest_expansion) +
           " addresses; mark its packets on the director, and use a service of that mark (fwmark)";
}

} // namespace rs::ctl
