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

constexpr unsigned unknown = 0x3fff; // the greatest type there can be

void append(Buffer& bytes, nlattr header, std::size_t payload = 0)
{
    const auto start = bytes.size();
    bytes.resize(start + sizeof header + payload, std::byte{1});
    std::memcpy(bytes.data() + start, &header, sizeof header);
}

constexpr nlattr header(unsigned type, std::size_t length)
{
    return {static_cast<std::uint16_t>(length), static_cast<std::uint16_t>(type)};
}

Buffer copy(netlink::Bytes bytes)
{
    return {bytes.begin(), bytes.end()};
}

// Reads every message as it was recorded, and with attributes behind its own that mean nothing.
template <typename T>
void read_with_unknown(const char* name, std::optional<T> (*decode)(const netlink::Message&))
{
    const auto whole = recorded(name);
    netlink::Bytes rest{whole};
    auto decoded = 0;
    while (const auto message = netlink::next_message(rest)) {
        auto body = copy(message->body);
        append(body, header(unknown, sizeof(nlattr) + 4), 4);
        append(body, header(unknown - 1, sizeof(nlattr)));
        append(body, header(unknown, 0));
        const auto value = decode(*message);
        CHECK(decode({message->header, body}) == value);
        decoded += value ? 1 : 0;
    }
    CAPTURE(name);
    CHECK(decoded > 0);
}

} // namespace

TEST_CASE("a recording cut off at any byte is read without going beyond it", "[fault-27]")
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

TEST_CASE("a message whose body is cut off at any byte is read without going beyond it",
          "[fault-27]")
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

TEST_CASE("recordings with wrong bytes are read without going beyond them", "[fault-27]")
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

TEST_CASE("attributes that nobody knows, with and without contents, change nothing", "[fault-27]")
{
    read_with_unknown("links.bin", decode_link);
    read_with_unknown("addresses.bin", decode_address);
    read_with_unknown("routes.bin", decode_route);
    read_with_unknown("rules.bin", decode_rule);
    read_with_unknown("tunnels.bin", decode_tunnel);
    read_with_unknown("gue.bin", decode_gue);
}

TEST_CASE("an attribute without contents has no value", "[fault-27]")
{
    Buffer bytes;
    append(bytes, header(1, sizeof(nlattr)));
    append(bytes, header(2, sizeof(nlattr) + 4), 4);
    const netlink::Attributes attributes{bytes};
    CHECK(attributes.has(1));
    CHECK_FALSE(attributes.u8(1));
    CHECK_FALSE(attributes.u32(1));
    CHECK_FALSE(attributes.address(1, Family::ipv4));
    CHECK(attributes.text(1) == "");
    CHECK(attributes.u32(2) == 0x01010101);
}

TEST_CASE("an attribute that is shorter than its own header is the end", "[fault-27]")
{
    for (std::size_t length = 0; length < sizeof(nlattr); ++length) {
        Buffer bytes;
        append(bytes, header(2, sizeof(nlattr) + 4), 4);
        append(bytes, header(1, length));
        append(bytes, header(3, sizeof(nlattr) + 4), 4);
        const netlink::Attributes attributes{bytes};
        CAPTURE(length);
        CHECK(attributes.has(2));
        CHECK_FALSE(attributes.has(1));
        CHECK_FALSE(attributes.has(3));
        CHECK(attributes.all(1).empty());
    }
}

TEST_CASE("a message all of whose attributes are empty is read", "[fault-27]")
{
    for (const auto* name : recordings) {
        const auto whole = recorded(name);
        netlink::Bytes rest{whole};
        while (const auto message = netlink::next_message(rest)) {
            // Behind the fixed structure, whichever of its lengths that is.
            for (const std::size_t fixed : {4U, 8U, 12U, 16U, 20U, 72U}) {
                Buffer all(sizeof(nlmsghdr));
                const auto kept = message->body.first(std::min(fixed, message->body.size()));
                all.insert(all.end(), kept.begin(), kept.end());
                for (unsigned type = 0; type != 80; ++type) {
                    append(all, header(type, sizeof(nlattr)));
                }
                auto front = message->header;
                front.nlmsg_len = static_cast<std::uint32_t>(all.size());
                std::memcpy(all.data(), &front, sizeof front);
                CHECK(read_with_everything(all) == 1);
            }
        }
    }
}
