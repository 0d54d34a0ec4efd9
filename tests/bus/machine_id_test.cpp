#include "fixture.hpp"
#include "support/catch.hpp"

#include <systemd/sd-id128.h>

#include <sched.h>
#include <sys/mount.h>

using namespace rs::test;

namespace {

// A program of its own: libsystemd remembers for good that there was one.
void take_machine_id_away()
{
    REQUIRE(::unshare(CLONE_NEWNS) == 0);
    REQUIRE(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
    const auto* const file = "/etc/machine-id";
    REQUIRE((::mount("/dev/null", file, nullptr, MS_BIND, nullptr) == 0 || errno == ENOENT));
    sd_id128_t machine{};
    REQUIRE(sd_id128_get_machine(&machine) < 0);
}

} // namespace

TEST_CASE("whoever asks a host without a machine ID for it costs no connection", "[fault-52]")
{
    take_machine_id_away();
    Running on{BusPolicy::open};
    const auto call = on.root.new_call("/", "org.freedesktop.DBus.Peer", "GetMachineId");
    std::uint64_t unread{};
    REQUIRE(sd_bus_send(nullptr, call.get(), &unread) >= 0);
    CHECK(on.root.property(manager_path, manager_interface, "State").body == "\"serving\"");
    CHECK(on.service.connected());
}
