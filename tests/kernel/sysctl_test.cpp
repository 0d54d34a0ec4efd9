#include "kernel/lab.hpp"
#include "kernel/sysctl.hpp"

#include <unistd.h>

using namespace rs;
using namespace rs::test;

namespace {

const Sysctl all_ignore{"all", "arp_ignore", 1};
const Sysctl veth_announce{"veth0", "arp_announce", 2};

int value(const Sysctl& sysctl)
{
    return read_sysctl(sysctl.device, sysctl.key).value_or(-1);
}

// What somebody else does.
void write(const Sysctl& sysctl, int wanted)
{
    REQUIRE(write_sysctl(sysctl.device, sysctl.key, wanted) == 0);
}

bool owned(LinuxKernel& kernel, const Sysctl& sysctl)
{
    return kernel.observe().owned.contains(sysctl);
}

} // namespace

TEST_CASE("a sysctl gets the value back that was there before")
{
    Lab lab;
    write(all_ignore, 3);
    CHECK(apply(lab.kernel, add(all_ignore)).empty());
    CHECK(value(all_ignore) == 1);
    CHECK(owned(lab.kernel, all_ignore));
    CHECK(apply(lab.kernel, remove(all_ignore)).empty());
    CHECK(value(all_ignore) == 3);
    CHECK_FALSE(owned(lab.kernel, all_ignore));
}

TEST_CASE("a sysctl that somebody else changed since is left alone")
{
    Lab lab;
    CHECK(apply(lab.kernel, add(all_ignore)).empty());
    write(all_ignore, 2);
    CHECK_FALSE(owned(lab.kernel, all_ignore));
    CHECK(lab.kernel.observe().sysctls.at({"all", "arp_ignore"}) == 2);
    CHECK(apply(lab.kernel, remove(all_ignore)).empty());
    CHECK(value(all_ignore) == 2);
}

TEST_CASE("a repaired sysctl still gets the first value back")
{
    Lab lab;
    write(all_ignore, 4);
    CHECK(apply(lab.kernel, add(all_ignore)).empty());
    write(all_ignore, 0);
    CHECK(apply(lab.kernel, add(all_ignore)).empty());
    CHECK(owned(lab.kernel, all_ignore));
    CHECK(apply(lab.kernel, remove(all_ignore)).empty());
    CHECK(value(all_ignore) == 4);
}

TEST_CASE("a value that was right before is ours to keep and stays after")
{
    Lab lab;
    write(all_ignore, 1);
    CHECK_FALSE(owned(lab.kernel, all_ignore));
    CHECK(apply(lab.kernel, add(all_ignore)).empty());
    CHECK(owned(lab.kernel, all_ignore));
    CHECK(apply(lab.kernel, remove(all_ignore)).empty());
    CHECK(value(all_ignore) == 1);
}

TEST_CASE("another value of the same sysctl takes over: the old one's removal changes nothing")
{
    Lab lab;
    const Sysctl other{"all", "arp_ignore", 2};
    CHECK(apply(lab.kernel, add(all_ignore)).empty());
    const Plan plan{add(other), remove(all_ignore)};
    CHECK(lab.kernel.apply(plan).empty());
    CHECK(value(all_ignore) == 2);
    CHECK(lab.kernel.observe().owned == State{other});
    CHECK(apply(lab.kernel, remove(other)).empty());
    CHECK(value(all_ignore) == 0);
}

TEST_CASE("a new process adopts what the old one noted, and restores it")
{
    Lab lab;
    CHECK(apply(lab.kernel, add(all_ignore)).empty());
    CHECK(apply(lab.kernel, add(veth_announce)).empty());
    LinuxKernel heir{lab.runtime()};
    CHECK(heir.ledger_problem().empty());
    CHECK(heir.observe().owned == State{all_ignore, veth_announce});
    CHECK(heir.apply(make_plan({all_ignore, veth_announce}, {})).empty());
    CHECK(value(all_ignore) == 0);
    CHECK(value(veth_announce) == 0);
}

TEST_CASE("what changed while no process was there is the value to put back")
{
    Lab lab;
    CHECK(apply(lab.kernel, add(all_ignore)).empty());
    write(all_ignore, 8);
    LinuxKernel heir{lab.runtime()};
    CHECK(heir.observe().owned.empty());
    CHECK(apply(heir, add(all_ignore)).empty());
    CHECK(apply(heir, remove(all_ignore)).empty());
    CHECK(value(all_ignore) == 8);
}

TEST_CASE("a ledger that cannot be written keeps every value as it is")
{
    Lab lab;
    CHECK(apply(lab.kernel, add(veth_announce)).empty());
    std::filesystem::rename(lab.runtime(), lab.directory.path() / "away");
    std::filesystem::remove_all(lab.directory.path() / "away"); // its descriptor leads nowhere now
    const Plan plan{add(VipAddress{address("192.0.2.8"), "lo", {}}), add(all_ignore)};
    CHECK_THROWS_AS(lab.kernel.apply(plan), std::system_error);
    CHECK(value(all_ignore) == 0);
    CHECK(lab.kernel.observe().owned == State{veth_announce});
}

TEST_CASE("the audit sees what changed since the last look, and only that")
{
    Lab lab;
    static_cast<void>(lab.kernel.observe());
    CHECK_FALSE(lab.kernel.arp_values_changed());
    write(veth_announce, 1);
    CHECK(lab.kernel.arp_values_changed());
    CHECK(lab.kernel.arp_values_changed());
    static_cast<void>(lab.kernel.observe());
    CHECK_FALSE(lab.kernel.arp_values_changed());
    run("ip link del veth0");
    CHECK(lab.kernel.arp_values_changed());
}

TEST_CASE("names cannot lead out of the directory of devices", "[fault-49]")
{
    CHECK_FALSE(read_sysctl("..", "arp_ignore"));
    CHECK_FALSE(read_sysctl("../../ipv6/conf/all", "forwarding"));
    CHECK(write_sysctl("all", "../all/arp_ignore", 1) == EINVAL);
    CHECK(write_sysctl("nowhere", "arp_ignore", 1) == ENOENT);
}
