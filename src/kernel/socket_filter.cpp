#include "kernel/socket_filter.hpp"

#include "kernel/netlink_message.hpp"

#include <linux/inet_diag.h>

#include <algorithm>
#include <span>

namespace rs {
namespace {

constexpr std::size_t most_conditions = 64; // a VIP and a port each: beyond it, ports only
constexpr int any_port = -1;
constexpr std::size_t jump_size = sizeof(inet_diag_bc_op);

using Program = std::vector<std::byte>;

template <typename T>
void append(Program& program, const T& value)
{
    const auto bytes = std::as_bytes(std::span{&value, 1});
    program.insert(program.end(), bytes.begin(), bytes.end());
}

inet_diag_bc_op operation(int code, std::size_t yes, std::size_t no)
{
    return {static_cast<unsigned char>(code), static_cast<unsigned char>(yes),
            static_cast<unsigned short>(no)};
}

// True for a local end in `vip` (none: anywhere) with `port`. An IPv4 prefix matches v4-mapped
// addresses too. False skips one more operation: the jump behind, or the program's end, which
// rejects.
Program condition(const Prefix* vip, int port)
{
    const auto address_size = vip == nullptr ? 0U : width(vip->address.family) / 8U;
    const auto size = jump_size + sizeof(inet_diag_hostcond) + address_size;
    inet_diag_hostcond host{};
    host.port = port;
    if (vip != nullptr) {
        host.family = static_cast<std::uint8_t>(netlink::native(vip->address.family));
        host.prefix_len = vip->length;
    }
    Program program;
    append(program, operation(INET_DIAG_BC_S_COND, size, size + jump_size));
    append(program, host);
    if (vip != nullptr) {
        const auto bytes = std::as_bytes(std::span{vip->address.bytes}).first(address_size);
        program.insert(program.end(), bytes.begin(), bytes.end());
    }
    return program;
}

// One of them: a jump to the end, which accepts, stands behind each but the last. The kernel's
// check walks along `yes` and wants every `no` to land on that walk.
Program any_of(const std::vector<Program>& conditions)
{
    Program program;
    for (auto one = conditions.rbegin(); one != conditions.rend(); ++one) {
        Program longer = *one;
        if (!program.empty()) {
            append(longer, operation(INET_DIAG_BC_JMP, jump_size, jump_size + program.size()));
        }
        longer.insert(longer.end(), program.begin(), program.end());
        program = std::move(longer);
    }
    return program;
}

Address unmapped(const Address& address)
{
    static constexpr Prefix mapped{
        {Family::ipv6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}}, 96};
    if (!contains(mapped, address)) {
        return address;
    }
    Address ipv4{Family::ipv4, {}};
    std::copy_n(address.bytes.begin() + 12, 4, ipv4.bytes.begin());
    return ipv4;
}

} // namespace

SocketFilter::SocketFilter(const ConnectionFilter& filter) : vips_{filter.vips}
{
    for (const auto& service : filter.services) {
        if (service.protocol == Protocol::tcp) {
            ports_.push_back(service.port);
        }
    }
    for (const auto& vip : vips_) {
        if (is_host(vip)) {
            hosts_.push_back(vip.address);
        } else {
            prefixes_.push_back(vip);
        }
    }
    std::ranges::sort(ports_);
    std::ranges::sort(hosts_);
    nothing_ = vips_.empty() || (!filter.services.empty() && ports_.empty());
}

bool SocketFilter::wants(Family family) const
{
    return family == Family::ipv6 || std::ranges::any_of(vips_, [](const Prefix& vip) {
               return vip.address.family == Family::ipv4;
           });
}

bool SocketFilter::matches(const Address& local, Port port) const
{
    const auto address = unmapped(local);
    return !nothing_ && (ports_.empty() || std::ranges::binary_search(ports_, port)) &&
           (std::ranges::binary_search(hosts_, address) ||
            std::ranges::any_of(prefixes_,
                                [&](const Prefix& vip) { return contains(vip, address); }));
}

std::vector<std::byte> SocketFilter::program() const
{
    const auto ports = ports_.empty() ? std::vector<int>{any_port}
                                      : std::vector<int>{ports_.begin(), ports_.end()};
    std::vector<Program> conditions;
    if (vips_.size() * ports.size() <= most_conditions) {
        for (const auto& vip : vips_) {
            for (const auto port : ports) {
                conditions.push_back(condition(&vip, port));
            }
        }
    } else if (!ports_.empty() && ports.size() <= most_conditions) {
        for (const auto port : ports) {
            conditions.push_back(condition(nullptr, port));
        }
    }
    return any_of(conditions);
}

} // namespace rs
