"""What the tests of packages have in common: a host that is left as it was, and an event that troubles nobody."""
import contextlib
import pathlib
import unittest

import bystanders
import host
from host import RIP, UNIT, VIP, await_state, drop_in, pid, run, show, web
from namespace import difference
from support import await_

NODE = pathlib.Path("/etc/realserverd/realserverd.toml")
LEDGER = pathlib.Path("/run/realserverd/ledger")
HEALTH = '[health]\nlisten = ["0.0.0.0:9180"]\nallow = ["directors", "192.0.2.101"]\n'
PAUSE = 1  # second: the longest in which nothing of a download may come, whatever happens to the daemon


def write_configuration():
    NODE.write_text(HEALTH)
    (host.CONF_D / "web.toml").write_text(web())


def left_on_disk():
    return [line for line in run("find", "/etc", "/var/lib", "/run", "/usr", "-xdev", "-iname", "*realserverd*",
                                 "-not", "-path", "/run/systemd/units/*", "-not", "-path", "/var/lib/dpkg/*",
                                 "-not", "-path", "/var/lib/systemd/*").splitlines()]


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.host = host.Named()
        bystanders.set_up_web_server()
        cls.files = left_on_disk()
        run("modprobe", "ip_vs")
        cls.before = cls.host.snapshot()

    def assert_host_as_before(self):
        found = difference(self.before, self.host.snapshot())
        self.assertEqual(found, "", f"the host is not as it was:\n{found}")

    def holds_vip(self):
        return f"inet {VIP}/" in self.host.ip("-4 addr show dev lo")

    @contextlib.contextmanager
    def dead(self):
        """The daemon has died, nobody starts it again, and what it bound is there."""
        remove = drop_in("dead", "[Service]\nRestart=no\n")
        run("systemctl", "kill", "--signal=SIGKILL", "--kill-whom=main", UNIT)
        await_(lambda: show("ActiveState") == "failed", 10, 0.1, "the daemon is dead")
        self.assertTrue(self.holds_vip())
        yield
        remove()

    @contextlib.contextmanager
    def in_use(self, again=False):
        """Under the load of clients and a director's checks, from before until after what happens inside."""
        with bystanders.director() as director:
            await_(lambda: director.takes(RIP), 30, 0.2, "the director uses us")
            with bystanders.Bystanders(again) as seen:
                seen.watch_on()
                yield seen
                await_state("serving")
                seen.watch_on()
            seen.in_the_end = director.takes(RIP)

    def untroubled(self, event, again=False):
        with self.in_use(again) as seen:
            event()
        self.assertTrue(seen.in_the_end)
        seen.assert_untroubled(self)
        self.assertLess(seen.summary["longest_pause_s"], PAUSE)

    def untroubled_by_upgrade(self, upgrade):
        before = pid()
        self.untroubled(upgrade)
        self.assertNotEqual(pid(), before)
