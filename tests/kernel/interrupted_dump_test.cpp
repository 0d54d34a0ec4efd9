#include "kernel/lab.hpp"
#include "kernel/link.hpp"
#include "kernel/netlink_socket.hpp"
#include "kernel/vip_address.hpp"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <stdexcept>
#include <system_error>

using namespace rs;
using namespace rs::test;

namespace {

constexpr std::ptrdiff_t standing = 2000; // some pieces of 32 KiB

// Reads the addresses of lo, and changes one of them at the first of each of so many dumps.
struct ChurnedDump {
    int interruptions;
    int dumps = 0;
    netlink::Socket socket{NETLINK_ROUTE};

    std::vector<AddressRecord> read()
    {
        std::optional<Address> first;
        return socket.dump<AddressRecord>(
            "dump of addresses", address_dump_request(Family::ipv4),
            [&](const netlink::Message& message) {
                auto record = decode_address(message);
                if (record && record->prefix.address == first.value_or(record->prefix.address)) {
                    first = record->prefix.address;
                    if (++dumps <= interruptions) {
                        change();
                    }
                }
                return record;
            });
    }

    void change() const
    {
        const std::string verb = dumps % 2 == 1 ? "add" : "del";
        REQUIRE(run("ip addr " + verb + " 203.0.113.7/32 dev veth1") == 0);
    }
};

void bind_many()
{
    REQUIRE(run("awk 'BEGIN { for (i = 0; i < " + std::to_string(standing) +
                "; i++) print \"addr add 172.20.\" int(i / 250) \".\" i % 250 \"/32 dev lo\" }' | "
                "ip -batch -") == 0);
}

} // namespace

TEST_CASE("a dump that a change interrupts is read again, whole", "[fault-26]")
{
    const Lab lab;
    bind_many();
    ChurnedDump churned{.interruptions = 1};
    auto records = churned.read();
    CHECK(churned.dumps == 2);
    std::ranges::sort(records);
    CHECK(std::ranges::adjacent_find(records) == records.end());
    CHECK(std::ranges::count_if(records, [](const AddressRecord& record) {
              return contains(prefix("172.20.0.0/16"), record.prefix.address);
          }) == standing);
    CHECK(std::ranges::count(records, prefix("203.0.113.7"), &AddressRecord::prefix) == 1);
}

TEST_CASE("a dump that is interrupted each time is given up, and the next one is whole again",
          "[fault-26]")
{
    const Lab lab;
    bind_many();
    ChurnedDump churned{.interruptions = 5};
    try {
        static_cast<void>(churned.read());
        FAIL("it was taken for whole");
    } catch (const std::system_error& error) {
        CHECK(error.code() == std::errc::interrupted);
    }
    CHECK(churned.dumps == 5);
    CHECK(std::ssize(churned.read()) > standing);
    CHECK(churned.dumps == 6);
}

TEST_CASE("what is left of a dump that was given up is not taken for the next answer", "[fault-27]")
{
    const Lab lab;
    netlink::Socket socket{NETLINK_ROUTE};
    const auto addresses = [&](const auto& decode) {
        return socket.dump<AddressRecord>("dump of addresses", address_dump_request(Family::ipv4),
                                          decode);
    };
    const auto give_up = [&] {
        CHECK_THROWS_AS(addresses([](const netlink::Message&) -> std::optional<AddressRecord> {
                            throw std::runtime_error{"given up"};
                        }),
                        std::runtime_error);
    };
    give_up();
    CHECK(addresses(decode_address).size() == 2);
    give_up();
    auto messages = 0;
    ifinfomsg lo{};
    lo.ifi_index = 1;
    netlink::Request request{::nlmsg_alloc_simple(RTM_GETLINK, 0)};
    REQUIRE(::nlmsg_append(request.get(), &lo, sizeof lo, 0) == 0);
    const auto answer = socket.ask(std::move(request), [&](const netlink::Message& message) {
        CHECK(decode_link(message).value().name == "lo");
        ++messages;
    });
    CHECK(answer.error == 0);
    CHECK(messages == 1);
}
