#include "kernel/gue.hpp"
#include "kernel/link.hpp"
#include "kernel/main_route.hpp"
#include "kernel/path.hpp"
#include "kernel/route.hpp"
#include "kernel/rule.hpp"
#include "kernel/sock_diag.hpp"
#include "kernel/tunnel_record.hpp"
#include "kernel/vip_address.hpp"

#include <cstddef>

// libFuzzer's entry: any bytes as what a netlink socket received, given to every decoder: a port
// may be sent to by others than the kernel. The sanitizers judge.
namespace rs {
namespace {

void decode_as_route(const netlink::Message& message)
{
    const auto record = decode_route(message);
    if (!record) {
        return;
    }
    const Link link{record->link, "eth0", true, true, false, 1500};
    static_cast<void>(metric_of(*record));
    static_cast<void>(other_ways(*record, {link}));
    static_cast<void>(owned_route(*record, link.name));
    static_cast<void>(is_main_hint(*record));
    if (is_main_route(*record)) {
        static_cast<void>(main_route(*record, link.name));
    }
    if (is_path(*record)) {
        static_cast<void>(path_on(*record, link));
    }
}

void decode(const netlink::Message& message)
{
    static_cast<void>(to_string(netlink::decode_answer(message)));
    static_cast<void>(decode_link(message));
    static_cast<void>(decode_rule(message));
    static_cast<void>(decode_socket(message));
    static_cast<void>(decode_fou_family(message));
    static_cast<void>(decode_gue(message));
    if (const auto address = decode_address(message)) {
        static_cast<void>(is_ours(*address, "lo"));
    }
    if (const auto tunnel = decode_tunnel(message)) {
        static_cast<void>(is_ours(*tunnel));
        static_cast<void>(owned_device(*tunnel));
    }
    decode_as_route(message);
}

} // namespace
} // namespace rs

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    rs::netlink::Bytes rest{reinterpret_cast<const std::byte*>(data), size};
    while (const auto message = rs::netlink::next_message(rest)) {
        rs::decode(*message);
    }
    return 0;
}
