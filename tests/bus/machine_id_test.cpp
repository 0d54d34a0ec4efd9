#include "fixture.hpp"
#include "support/catch.hpp"

#include <systemd/sd-id128.h>

#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

using namespace rs::test;

namespace {

const char* const machine_id = "/etc/machine-id";

// A file that is empty is in many a root where packages are built.
bool has_machine_id()
{
    std::string id;
    return static_cast<bool>(std::ifstream{machine_id} >> id);
}

// A program of its own: libsystemd remembers for good that there was one.
void take_machine_id_away()
{
    REQUIRE(::unshare(CLONE_NEWNS) == 0);
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        REQUIRE(errno == EINVAL);
        std::puts("skipped: in a chroot, where mounts would be seen from outside");
        std::exit(77);
    }
    REQUIRE(::mount("/dev/null", machine_id, nullptr, MS_BIND, nullptr) == 0);
}

} // namespace

TEST_CASE("whoever asks a host without a machine ID for it costs no connection", "[fault-52]")
{
    if (has_machine_id()) {
        take_machine_id_away();
    }
    sd_id128_t machine{};
    REQUIRE(sd_id128_get_machine(&machine) < 0);
    Running on{BusPolicy::open};
    const auto call = on.root.new_call("/", "org.freedesktop.DBus.Peer", "GetMachineId");
    std::uint64_t unread{};
    REQUIRE(sd_bus_send(nullptr, call.get(), &unread) >= 0);
    CHECK(on.root.property(manager_path, manager_interface, "State").body == "\"serving\"");
    CHECK(on.service.connected());
}
