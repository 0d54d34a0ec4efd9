#include "kernel/gue.hpp"
#include "kernel/link.hpp"
#include "kernel/monitor.hpp"
#include "kernel/recorded.hpp"
#include "kernel/route.hpp"
#include "kernel/rule.hpp"
#include "kernel/sock_diag.hpp"
#include "kernel/tunnel_record.hpp"
#include "kernel/vip_address.hpp"

#include <array>
#include <random>

using namespace rs;
using namespace rs::test;

namespace {

// Everything that ever reads a message, on a copy of exactly this size, for the sanitizer to watch.
std::size_t read_with_everything(const Buffer& bytes)
{
    std::size_t messages = 0;
    netlink::Bytes rest{bytes};
    while (const auto message = netlink::next_message(rest)) {
        ++messages;
        static_cast<void>(decode_link(*message));
        static_cast<void>(decode_tunnel(*message));
        static_cast<void>(decode_gue(*message));
        static_cast<void>(decode_fou_family(*message));
        static_cast<void>(decode_address(*message));
        static_cast<void>(decode_route(*message));
        static_cast<void>(decode_rule(*message));
        static_cast<void>(decode_socket(*message));
        static_cast<void>(netlink::decode_answer(*message));
        static_cast<void>(is_hint(*message, true));
    }
    return messages;
}

constexpr std::array<const char*, 11> recordings{
    "links.bin",   "addresses.bin", "routes.bin",  "rules.bin",    "sockets.bin", "refusal.bin",
    "success.bin", "main.bin",      "tunnels.bin", "families.bin", "gue.bin"};

} // namespace

TEST_CASE("a recording cut off at any byte is read without going beyond it")
{
    for (const auto* name : recordings) {
        const auto whole = recorded(name);
        const auto messages = read_with_everything(whole);
        CHECK(messages > 0);
        for (std::size_t length = 0; length < whole.size(); ++length) {
            const Buffer part{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)};
            const auto found = read_with_everything(part);
            if (found >= messages) {
                CAPTURE(name, length);
                CHECK(found < messages);
            }
        }
    }
}

TEST_CASE("a message whose body is cut off at any byte is read without going beyond it")
{
    for (const auto* name : recordings) {
        const auto whole = recorded(name);
        netlink::Bytes rest{whole};
        while (const auto message = netlink::next_message(rest)) {
            for (std::size_t length = 0; length <= message->body.size(); ++length) {
                Buffer part(sizeof(nlmsghdr));
                auto header = message->header;
                header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + length);
                std::memcpy(part.data(), &header, sizeof header);
                part.insert(part.end(), message->body.begin(),
                            message->body.begin() + static_cast<std::ptrdiff_t>(length));
                if (read_with_everything(part) != 1) {
                    FAIL(name);
                }
            }
        }
    }
}

TEST_CASE("recordings with wrong bytes are read without going beyond them")
{
    std::mt19937 random{82}; // NOLINT(cert-msc51-cpp): the same every time
    for (const auto* name : recordings) {
        const auto whole = recorded(name);
        for (auto round = 0; round != 2000; ++round) {
            auto broken = whole;
            for (auto i = 0; i != 4; ++i) {
                broken.at(random() % broken.size()) = static_cast<std::byte>(random());
            }
            static_cast<void>(read_with_everything(broken));
        }
    }
    SUCCEED();
}
