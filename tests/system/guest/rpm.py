"""The RPM, on a host with systemd, from installation to erasure: its files, its scriptlets, and what must not notice.

The host is a Debian: the libraries are Debian's (so --nodeps), and what Fedora's systemd does for packages there, a
stand-in does (systemd.spec).
"""
import fcntl
import pathlib

import case
from host import PACKAGES, UNIT, await_state, run, show, status_of

SYSUSERS = pathlib.Path(__file__).resolve().parents[3] / "units/realserverd.sysusers"
# What belongs to the administrator and to the daemon, not to the package.
OTHERS = ["/etc/realserverd", "/etc/realserverd/realserverd.toml", "/var/lib/realserverd"]


def package(pattern):
    (path,) = PACKAGES.glob(pattern)
    return str(path)


def rpm(*words):
    return run("rpm", *words)


class Rpm(case.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rpm("--install", "--nodeps", package("systemd-*.rpm"))
        # As rpm does by itself from 4.19 on, before it unpacks, and on EL 9 the package; Debian 12 has 4.18.
        run("systemd-sysusers", SYSUSERS)

    def install(self):
        rpm("--install", "--nodeps", package("realserverd-[0-9]*.rpm"))

    def serve(self):
        case.write_configuration()
        run("systemctl", "enable", "--now", UNIT)
        await_state("serving")
        self.assertTrue(self.holds_vip())

    def assert_erased(self):
        self.assert_host_as_before()
        self.assertEqual(set(case.left_on_disk()) - set(self.files), set(OTHERS))

    def test_an_installation_waits_to_be_enabled(self):
        self.install()
        self.assertEqual(rpm("--verify", "--nodeps", "realserverd"), "")
        self.assertEqual(status_of("systemctl", "is-enabled", UNIT), (1, "disabled\n"))
        self.assertEqual(show("ActiveState"), "inactive")
        self.assert_host_as_before()

    def test_an_enabled_service_serves(self):
        self.serve()
        self.assertEqual(run("ps", "-o", "user=", "-p", show("MainPID")).strip(), "realserverd")
        self.assertEqual(run("systemctl", "is-enabled", UNIT), "enabled\n")
        run("systemctl", "start", "nginx")

    # faults: 83
    def test_an_upgrade_troubles_nobody(self):
        self.untroubled_by_upgrade(lambda: rpm("--upgrade", "--nodeps", package("later/realserverd-[0-9]*.rpm")))
        self.assertRegex(rpm("--query", "realserverd"), r"^realserverd-\S+\.later\.\S+\n$")  # and no other
        self.assertEqual(rpm("--verify", "--nodeps", "realserverd"), "")
        self.assertEqual(run("systemctl", "is-enabled", UNIT), "enabled\n")

    # faults: 88
    def test_erasure_unbinds_and_leaves_what_an_administrator_wrote(self):
        rpm("--erase", "realserverd")
        self.assert_erased()

    # faults: 88
    def test_erasure_while_the_daemon_is_dead_unbinds_as_well(self):
        self.install()
        self.serve()
        with self.dead():
            rpm("--erase", "realserverd")
        self.assert_erased()

    def test_erasure_that_cannot_unbind_keeps_the_ledger(self):
        self.install()
        self.serve()
        with self.dead(), open("/run/realserverd/lock", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            rpm("--erase", "realserverd")
        self.assertTrue(self.holds_vip())
        self.assertTrue(case.LEDGER.exists())
        self.install()
        rpm("--erase", "realserverd")
        self.assert_erased()
