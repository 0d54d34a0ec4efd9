#include "kernel/link.hpp"
#include "kernel/linux_kernel.hpp"
#include "kernel/main_route.hpp"
#include "kernel/neighbour.hpp"
#include "kernel/path.hpp"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>

// What tunnels need to know of the host, and what others do to it.
namespace rs {
namespace {

// So many of the main table's routes are read before a dump is given up. Beyond that stands a feed
// of a routing daemon; the others are asked for by their origin then.
constexpr std::size_t most_read = 4000;
constexpr std::array<std::uint8_t, 5> calm_origins{RTPROT_KERNEL, RTPROT_BOOT, RTPROT_STATIC,
                                                   RTPROT_RA, RTPROT_DHCP};

const Link* by_index(const std::vector<Link>& links, int index)
{
    const auto link = std::ranges::lower_bound(links, index, {}, &Link::index);
    return link != links.end() && link->index == index ? &*link : nullptr;
}

} // namespace

void LinuxKernel::look_at_links()
{
    tunnels_.clear();
    links_ = socket_.dump<Link>("dump of links", link_dump_request(),
                                [&](const netlink::Message& message) {
                                    if (auto tunnel = decode_tunnel(message)) {
                                        tunnels_.push_back(std::move(*tunnel));
                                    }
                                    return decode_link(message);
                                });
    std::ranges::sort(links_, {}, &Link::index);
}

void LinuxKernel::observe_tunnels(Host& host)
{
    for (const auto& tunnel : tunnels_) {
        if (auto object = owned_device(tunnel)) {
            host.owned.insert(std::move(*object));
        }
    }
    const auto first = !std::exchange(looked_for_gue_, true);
    for (const auto& gue : gue_ports_.observe(first || !outlook_.peers.empty())) {
        host.owned.insert(gue);
    }
}

void LinuxKernel::observe_main_routes(Host& host, Family family)
{
    if (!outlook_.main_table) {
        return;
    }
    const auto decode = [&](const netlink::Message& message) -> std::optional<MainRoute> {
        const auto record = decode_route(message);
        const auto* link = record ? by_index(links_, record->link) : nullptr;
        const bool wanted = link != nullptr && record->destination.address.family == family &&
                            is_main_route(*record);
        if (!wanted) {
            return std::nullopt;
        }
        auto route = main_route(*record, link->name);
        route.others = other_ways(*record, links_);
        return route;
    };
    auto routes = socket_.dump<MainRoute>("dump of the main table", main_dump_request(family),
                                          decode, most_read);
    if (routes.size() >= most_read) {
        for (const auto origin : calm_origins) {
            const auto more = socket_.dump<MainRoute>(
                "dump of the main table", main_dump_request(family, origin), decode, most_read);
            routes.insert(routes.end(), more.begin(), more.end());
        }
    }
    std::ranges::sort(routes);
    routes.erase(std::unique(routes.begin(), routes.end()), routes.end());
    keep_important(routes);
    host.main_routes.insert(host.main_routes.end(), routes.begin(), routes.end());
    std::ranges::sort(host.main_routes);
}

// A peer that cannot be reached has no path; the kernel's answer is an error then.
void LinuxKernel::observe_paths(Host& host)
{
    for (const auto& peer : outlook_.peers) {
        static_cast<void>(socket_.ask(path_request(peer), [&](const netlink::Message& message) {
            const auto record = decode_route(message);
            const auto* link = record ? by_index(links_, record->link) : nullptr;
            if (link != nullptr && is_path(*record)) {
                host.paths.insert_or_assign(peer, path_on(*record, *link));
            }
        }));
    }
}

void LinuxKernel::observe_proxies(Host& host)
{
    if (!outlook_.proxies) {
        return;
    }
    for (const auto& record : socket_.dump<ProxyRecord>(
             "dump of proxies", proxy_dump_request(Family::ipv6), decode_proxy)) {
        if (const auto* link = by_index(links_, record.link)) {
            host.proxied.emplace(link->name, record.address);
        }
    }
}

} // namespace rs
