#include "ctl/director_config.hpp"

#include <algorithm>

namespace rs::ctl {
namespace {

constexpr const char* preface =
    R"(# The directors' side of this real server, from `realserverctl director-config`.
# The first real server of a virtual service brings the whole block. Of each further one, take the
# real_server { } part and put it into the block that is there.
#
# inhibit_on_failure: weight 0 while the answer is no. Without it keepalived deletes the real
# server, and the connections it still has hang.
)";

constexpr const char* http_preface =
    R"(# It acts on a drain after delay_loop + retry x delay_before_retry: 3 seconds here.
)";

// keepalived 2.2.7 -t ends itself by SIGTERM when it meets a script user other than root.
constexpr const char* misc_preface =
    R"(# It acts on a drain after delay_loop: 2 seconds here. Needs keepalived 2.0.19 or newer.
# MISC_CHECK wants these two, once in the file. Any user may run realserver-check.
global_defs {
    enable_script_security
    script_user root
}
)";

std::string method(const VirtualService& service)
{
    if (service.forwarding == Forwarding::direct_routing) {
        return "DR";
    }
    switch (service.tunnel.encapsulation) {
    case Encapsulation::gre:
        return "TUN type gre";
    case Encapsulation::gue:
        return "TUN type gue port " + std::to_string(service.tunnel.port);
    case Encapsulation::ipip:
        break;
    }
    return "TUN";
}

std::string http_check(const VirtualService& service)
{
    return "        HTTP_GET {\n"
           "            url {\n"
           "                path /health/" +
           service.role +
           "\n"
           "                status_code 200\n"
           "            }\n"
           "            connect_port " +
           std::to_string(service.check_port) +
           "\n"
           "            connect_timeout 2\n"
           "            retry 1\n"
           "            delay_before_retry 1\n"
           "        }\n";
}

// misc_timeout is the longer one: keepalived never has to kill it.
std::string misc_check(const VirtualService& service)
{
    const auto port =
        service.check_port == 9180 ? "" : " --port " + std::to_string(service.check_port);
    return "        MISC_CHECK {\n"
           "            misc_path \"/usr/bin/realserver-check --timeout 2s --role " +
           service.role + port + ' ' + to_string(service.real) +
           "\"\n"
           "            misc_timeout 5\n"
           "            misc_dynamic    # exit status 2, draining: weight 0 yet alive\n"
           "            retry 1\n"
           "            delay_before_retry 1\n"
           "        }\n";
}

// The name of a group of addresses, unique for each VIP and service.
std::string group_name(const VirtualService& service)
{
    auto name = service.role + '_' + to_string(service.vip) + '_' + to_string(service.service);
    std::ranges::replace(name, '/', '-');
    return name;
}

std::string group(const VirtualService& service, const std::vector<Address>& addresses)
{
    auto text = "virtual_server_group " + group_name(service) + " {\n";
    for (const auto& address : addresses) {
        text += "    " + to_string(address) + ' ' + std::to_string(service.service.port) + '\n';
    }
    return text + "}\n\n";
}

std::string virtual_server(const VirtualService& service, DirectorCheck check)
{
    const auto addresses = expanded(service.vip);
    if (addresses.empty()) {
        return "# " + too_wide_text(service) + ".\n";
    }
    const auto port = ' ' + std::to_string(service.service.port);
    const auto name =
        addresses.size() == 1 ? to_string(addresses[0]) + port : "group " + group_name(service);
    return (addresses.size() == 1 ? "" : group(service, addresses)) + "virtual_server " + name +
           " {\n"
           "    lvs_sched wrr\n"
           "    lvs_method " +
           method(service) +
           "\n"
           "    protocol " +
           (service.service.protocol == Protocol::tcp ? "TCP" : "UDP") +
           "\n\n"
           "    real_server " +
           to_string(service.real) + port +
           " {\n"
           "        weight 1\n"
           "        inhibit_on_failure\n"
           "        delay_loop 2    # keepalived's default is 60 seconds\n" +
           (check == DirectorCheck::http ? http_check(service) : misc_check(service)) +
           "    }\n"
           "}\n";
}

} // namespace

std::string keepalived_text(const std::vector<VirtualService>& services, DirectorCheck check)
{
    std::string text = preface;
    text += check == DirectorCheck::misc ? misc_preface : http_preface;
    for (const auto& service : services) {
        text += '\n' + virtual_server(service, check);
    }
    return text;
}

} // namespace rs::ctl
