#include "ctl/director_config.hpp"
#include "ctl/exit_status.hpp"
#include "support/catch.hpp"

#include <fstream>
#include <iterator>
#include <map>

using namespace rs;
using namespace rs::ctl;

namespace {

Address at(const char* text)
{
    return parse_address(text).value();
}

Prefix vip(const char* text)
{
    return parse_prefix(text).value();
}

// As the kernel would answer in the lab of these tests.
std::optional<Address> lab(const Address& director)
{
    return at(director.family == Family::ipv4 ? "192.0.2.9" : "2001:db8::9");
}

Role web()
{
    Role role;
    role.name = "web";
    role.vips = {vip("192.0.2.8"), vip("2001:db8::8")};
    role.services = {{80, Protocol::tcp}, {443, Protocol::udp}};
    role.directors = {at("192.0.2.6"), at("2001:db8::6")};
    return role;
}

Role tunnelled(Encapsulation encapsulation)
{
    Role role;
    role.name = "far";
    role.forwarding = Forwarding::tunnelling;
    role.vips = {vip("198.51.100.8")};
    role.services = {{25, Protocol::tcp}};
    role.directors = {at("192.0.2.6")};
    role.tunnel.encapsulation = encapsulation;
    return role;
}

Role wide()
{
    auto role = web();
    role.name = "wide";
    role.vips = {vip("198.51.100.32/31"), vip("2001:db8:1::/64")};
    role.services = {{53, Protocol::udp}};
    return role;
}

Config config(std::vector<Role> roles)
{
    Config config;
    config.node.health.listen = {{at("0.0.0.0"), 9180}, {at("::"), 9181}};
    config.roles = std::move(roles);
    return config;
}

DirectorConfigCommand as(DirectorFormat format)
{
    DirectorConfigCommand command;
    command.format = format;
    return command;
}

DirectorView view(const Config& config, const DirectorConfigCommand& command = {})
{
    return director_view(config, command, lab);
}

const std::string folder = std::string{RS_DIRECTOR_CONFIG_FOLDER} + '/';

std::string recorded(const std::string& name)
{
    std::ifstream file{folder + name};
    REQUIRE(file);
    return {std::istreambuf_iterator<char>{file}, {}};
}

const std::vector<Role> every_kind{tunnelled(Encapsulation::ipip), web(), wide()};

// What is printed for a host that has a role of every kind, by the name of its recording.
std::map<std::string, std::string> printed()
{
    const auto services = view(config(every_kind)).services;
    return {{"keepalived-http.conf", keepalived_text(services, DirectorCheck::http)},
            {"keepalived-misc.conf", keepalived_text(services, DirectorCheck::misc)},
            {"ldirectord-http.cf", ldirectord_text(services, DirectorCheck::http)},
            {"ldirectord-misc.cf", ldirectord_text(services, DirectorCheck::misc)},
            {"ipvsadm.rules", ipvsadm_text(services)}};
}

} // namespace

TEST_CASE("each VIP and service of a role becomes one virtual service")
{
    const auto found = view(config({web()}));
    CHECK(found.mistakes.empty());
    CHECK(found.warnings.empty());
    const Tunnel none;
    const auto dr = Forwarding::direct_routing;
    CHECK(
        found.services ==
        std::vector<VirtualService>{
            {"web", vip("192.0.2.8"), {80, Protocol::tcp}, at("192.0.2.9"), 9180, dr, none},
            {"web", vip("192.0.2.8"), {443, Protocol::udp}, at("192.0.2.9"), 9180, dr, none},
            {"web", vip("2001:db8::8"), {80, Protocol::tcp}, at("2001:db8::9"), 9181, dr, none},
            {"web", vip("2001:db8::8"), {443, Protocol::udp}, at("2001:db8::9"), 9181, dr, none}});
}

TEST_CASE("what is printed for keepalived, ipvsadm and ldirectord is what was recorded")
{
    for (const auto& [name, text] : printed()) {
        INFO(name);
        CHECK(text == recorded(name));
    }
}

// Not run unless asked for by name: after a change of the text that is meant.
TEST_CASE("record", "[.]")
{
    for (const auto& [name, text] : printed()) {
        std::ofstream{folder + name} << text;
    }
}

TEST_CASE("the tunnel's encapsulation is said in each program's words")
{
    const auto keepalived = [](Encapsulation encapsulation) {
        return keepalived_text(view(config({tunnelled(encapsulation)})).services,
                               DirectorCheck::http);
    };
    CHECK(keepalived(Encapsulation::ipip).find("lvs_method TUN\n") != std::string::npos);
    CHECK(keepalived(Encapsulation::gre).find("lvs_method TUN type gre\n") != std::string::npos);
    CHECK(keepalived(Encapsulation::gue).find("lvs_method TUN type gue port 6080\n") !=
          std::string::npos);
    const auto ipvsadm = [](Encapsulation encapsulation) {
        return ipvsadm_text(view(config({tunnelled(encapsulation)})).services);
    };
    CHECK(ipvsadm(Encapsulation::gre).find(" -i --tun-type gre -w 1\n") != std::string::npos);
    CHECK(ipvsadm(Encapsulation::gue).find(" -i --tun-type gue --tun-port 6080 -w 1\n") !=
          std::string::npos);
    const auto found =
        view(config({tunnelled(Encapsulation::gre)}), as(DirectorFormat::ldirectord));
    CHECK(found.mistakes ==
          std::vector<std::string>{
              "far: ldirectord knows IPIP tunnels only; use keepalived or ipvsadm"});
}

TEST_CASE("a tunnel may carry the other family, and ends where the role says")
{
    auto role = tunnelled(Encapsulation::ipip);
    role.vips = {vip("2001:db8::8")};
    CHECK(view(config({role})).services.at(0).real == at("192.0.2.9"));
    role.tunnel.local = at("192.0.2.10");
    CHECK(view(config({role})).services.at(0).real == at("192.0.2.10"));
}

TEST_CASE("without a director of a VIP's family, only --rip tells this host's address")
{
    auto role = web();
    role.directors = {at("192.0.2.6")};
    auto command = as(DirectorFormat::keepalived);
    CHECK(view(config({role}), command).mistakes ==
          std::vector<std::string>{"web: this host's IPv6 address is not known: the role has no "
                                   "director of that family; give it by --rip ADDRESS"});
    command.real_addresses = {at("2001:db8::99"), at("192.0.2.99")};
    const auto found = view(config({role}), command);
    CHECK(found.mistakes.empty());
    CHECK(found.services.at(0).real == at("192.0.2.99"));
    CHECK(found.services.at(2).real == at("2001:db8::99"));
}

TEST_CASE("a director that cannot be reached, or is reached otherwise than another, is told")
{
    const auto nowhere = [](const Address&) { return std::optional<Address>{}; };
    auto role = web();
    role.vips = {vip("192.0.2.8")};
    CHECK(
        director_view(config({role}), {}, nowhere).mistakes ==
        std::vector<std::string>{"web: this host's IPv4 address is not known: there is no route to "
                                 "192.0.2.6; give it by --rip ADDRESS"});
    role.directors = {at("192.0.2.6"), at("198.51.100.6")};
    const auto forked = [](const Address& director) {
        return std::optional{at(director == at("192.0.2.6") ? "192.0.2.9" : "198.51.100.9")};
    };
    CHECK(
        director_view(config({role}), {}, forked).warnings ==
        std::vector<std::string>{"web: this host is 198.51.100.9 to the director 198.51.100.6, but "
                                 "192.0.2.9 to another and here; the other by --rip ADDRESS"});
}

TEST_CASE("where no director could ask, it says what to set; ipvsadm asks nobody")
{
    auto role = web();
    role.vips = {vip("192.0.2.8")};
    auto wrong = config({role});
    const auto refusal = [&](std::vector<Endpoint> listen) {
        wrong.node.health.listen = std::move(listen);
        CHECK(view(wrong, as(DirectorFormat::ipvsadm)).mistakes.empty());
        const auto found = view(wrong);
        REQUIRE(found.mistakes.size() == 1);
        return found.mistakes[0];
    };
    CHECK(refusal({}) == "web: health.listen is empty, no director can ask this host; in "
                         "realserverd.toml, set listen = [\"192.0.2.9:9180\"] in [health]");
    CHECK(refusal({{at("127.0.0.1"), 9180}, {at("::1"), 9180}}) ==
          "web: health.listen is this host's loopback only, no director can ask it; in "
          "realserverd.toml, add \"192.0.2.9:9180\" to it");
    CHECK(refusal({{at("::"), 9180}, {at("192.0.2.10"), 9180}}) ==
          "web: health.listen has no endpoint on 192.0.2.9; in realserverd.toml, add "
          "\"192.0.2.9:9180\" to it");
    wrong.node.health.listen = {{at("192.0.2.9"), 9185}};
    CHECK(view(wrong).services.at(0).check_port == 9185);
}

TEST_CASE("a director that health.allow refuses is named")
{
    auto role = web();
    role.vips = {vip("192.0.2.8")};
    auto refusing = config({role});
    refusing.node.health.allow = {vip("192.0.2.0/30")};
    CHECK(view(refusing).warnings ==
          std::vector<std::string>{"web: health.allow refuses its director 192.0.2.6",
                                   "web: health.allow refuses its director 2001:db8::6"});
    refusing.node.health.allow = {AllowAny{}};
    CHECK(view(refusing).warnings.empty());
}

TEST_CASE("a prefix is written out, up to a bound, and beyond it becomes a comment and a warning")
{
    CHECK(expanded(vip("192.0.2.254/31")) ==
          std::vector<Address>{at("192.0.2.254"), at("192.0.2.255")});
    CHECK(expanded(vip("2001:db8::ff00/120")).size() == largest_expansion);
    CHECK(expanded(vip("2001:db8::ff00/120")).back() == at("2001:db8::ffff"));
    CHECK(expanded(vip("192.0.0.0/23")).empty());
    CHECK(view(config({wide()})).warnings ==
          std::vector<std::string>{
              "wide: 2001:db8:1::/64 53/udp is left out, more than 256 addresses; mark its packets "
              "on the director, and use a service of that mark (fwmark)"});
}

TEST_CASE("only the roles asked for are printed, and one that is not there is 6")
{
    auto command = as(DirectorFormat::keepalived);
    command.roles = {"web"};
    const auto found = view(config(every_kind), command);
    CHECK(found.services.size() == 4);
    command.roles = {"web", "wbe"};
    try {
        static_cast<void>(view(config(every_kind), command));
        FAIL("no Failure");
    } catch (const Failure& failure) {
        CHECK(failure.status == Exit::no_such_role);
        CHECK(std::string{failure.what()}.find("did you mean 'web'") != std::string::npos);
    }
}
