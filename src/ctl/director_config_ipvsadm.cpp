#include "ctl/director_config.hpp"

namespace rs::ctl {
namespace {

std::string flags_of(const VirtualService& service)
{
    if (service.forwarding == Forwarding::direct_routing) {
        return "-g";
    }
    switch (service.tunnel.encapsulation) {
    case Encapsulation::gre:
        return "-i --tun-type gre";
    case Encapsulation::gue:
        return "-i --tun-type gue --tun-port " + std::to_string(service.tunnel.port);
    case Encapsulation::ipip:
        break;
    }
    return "-i";
}

std::string lines(const VirtualService& service)
{
    const auto port = service.service.port;
    std::string text;
    for (const auto& address : expanded(service.vip)) {
        const auto name = (service.service.protocol == Protocol::tcp ? "-t " : "-u ") +
                          to_string(Endpoint{address, port});
        text += "-A " + name + " -s wrr\n";
        text += "-a " + name + " -r " + to_string(Endpoint{service.real, port}) + ' ' +
                flags_of(service) + " -w 1\n";
    }
    return text;
}

} // namespace

std::string ipvsadm_text(const std::vector<VirtualService>& services)
{
    std::string text;
    for (const auto& service : services) {
        text += lines(service);
    }
    return text;
}

} // namespace rs::ctl
