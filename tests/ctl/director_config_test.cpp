#include "ctl/exit_status.hpp"
#include "director_config_lab.hpp"

#include <fstream>
#include <iterator>
#include <map>

using namespace rs;
using namespace rs::ctl;
using namespace rs::test;

namespace {

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
