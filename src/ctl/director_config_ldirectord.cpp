#include "ctl/director_config.hpp"

namespace rs::ctl {
namespace {

constexpr const char* file_preface =
    R"(# The directors' side of this real server, from `realserverctl director-config`.
# The first real server of a virtual service brings the whole block. Of each further one, take the
# real line and put it into the block that is there.
#
# A director acts on a drain after checkinterval (ldirectord's default is 10) plus the time its
# checks of all real servers take. quiescent=yes: weight 0 while the answer is no. Without it, and
# that is the default whatever the manual says, ldirectord deletes the real server, and the
# connections it still has hang.
checkinterval=2
)";

constexpr const char* command_preface =
    R"(
# checkcommand takes no options: the role, and a port other than 9180, are in the program's name.
# Once for each name below:  ln -s /usr/bin/realserver-check NAME
)";

// The request stands in the real line, so that it comes along with it.
std::string real(const VirtualService& service, DirectorCheck check)
{
    const auto endpoint = to_string(Endpoint{service.real, service.service.port});
    const bool ipv6 = service.real.family == Family::ipv6;
    const auto* method = service.forwarding == Forwarding::direct_routing ? " gate 1" : " ipip 1";
    return (ipv6 ? "        real6=" : "        real=") + endpoint + method +
           (check == DirectorCheck::http ? " \"health/" + service.role + R"(", "^serving$")" : "") +
           '\n';
}

std::string negotiation(const VirtualService& service)
{
    return "        checktype=negotiate\n"
           "        service=http\n"
           "        checkport=" +
           std::to_string(service.check_port) +
           "\n"
           "        request=\"health/" +
           service.role +
           "\"\n"
           "        receive=\"^serving$\"\n"
           "        negotiatetimeout=3\n";
}

std::string external_check(const VirtualService& service)
{
    const auto port = service.check_port == 9180 ? "" : ':' + std::to_string(service.check_port);
    return "        checktype=external\n"
           "        checkcommand=\"/usr/local/bin/realserver-check@" +
           service.role + port +
           "\"\n"
           "        checktimeout=5\n";
}

std::string block(const VirtualService& service, const Address& address, DirectorCheck check)
{
    const auto name = to_string(Endpoint{address, service.service.port});
    return (address.family == Family::ipv6 ? "\nvirtual6=" : "\nvirtual=") + name + '\n' +
           real(service, check) +
           (service.service.protocol == Protocol::tcp ? "        protocol=tcp\n"
                                                      : "        protocol=udp\n") +
           "        scheduler=wrr\n"
           "        quiescent=yes\n" +
           (check == DirectorCheck::http ? negotiation(service) : external_check(service));
}

} // namespace

std::string ldirectord_text(const std::vector<VirtualService>& services, DirectorCheck check)
{
    std::string text = file_preface;
    text += check == DirectorCheck::misc ? command_preface : "";
    for (const auto& service : services) {
        const auto addresses = expanded(service.vip);
        if (addresses.empty()) {
            text += "\n# " + too_wide_text(service) + ".\n";
        }
        for (const auto& address : addresses) {
            text += block(service, address, check);
        }
    }
    return text;
}

} // namespace rs::ctl
