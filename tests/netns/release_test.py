"""realserverd --release: what a daemon that is dead for good left behind is taken back, without its configuration."""
import socket

import support
from daemon import Daemon, dr
from namespace import NEIGHBOUR, VIP, VIP6, Segment

ROLES = {
    "web": dr(VIP, VIP6, extra=f'[reply]\ngateway = "{NEIGHBOUR}"\ndevice = "eth0"'),
    "many": dr("198.51.100.0/24", "192.0.2.18"),
}
VIPS = (VIP, "198.51.100.7", "192.0.2.18")


class Release(support.Test):
    def setUp(self):
        self.server = self.using(Segment()).server
        # Other values than the kernel's own, so that putting back is more than writing zeros.
        self.server.sysctl("all", "arp_announce", 1)
        self.server.sysctl("eth0", "arp_ignore", 4)
        self.daemon = self.using(Daemon(self.server, ROLES, bus=False))
        self.before = self.server.snapshot()

    def test_what_a_dead_daemon_left_is_taken_back_without_its_configuration(self):
        self.daemon.start()
        self.daemon.kill()
        self.assertTrue(all(map(self.server.holds, VIPS)))
        for role in ROLES:
            self.daemon.remove_role(role)
        for _ in range(2):
            released = self.daemon.release()
            self.assertEqual(0, released.returncode, released.stdout)
            self.assert_same(self.before, self.server.snapshot())

    def test_nothing_is_taken_from_a_daemon_that_lives(self):
        self.daemon.start()
        serving = self.server.snapshot()
        released = self.daemon.release()
        self.assertEqual(1, released.returncode)
        self.assertIn(f"another realserverd (pid {self.daemon.process.pid})", released.stdout)
        self.assert_same(serving, self.server.snapshot())
        # The unit that is stopped before the daemon, which has to put it back itself, makes no noise.
        released = self.daemon.release("--release-if-stopped", "--session-bus")
        self.assertEqual((0, ""), (released.returncode, released.stdout))
        self.assert_same(serving, self.server.snapshot())

    def test_where_nobody_can_be_asked_whether_it_was_a_stop_everything_stays(self):
        self.daemon.start()
        self.daemon.kill()
        serving = self.server.snapshot()
        with socket.socket(socket.AF_UNIX) as hung:
            for bus in ("none", "hung"):
                with self.subTest(bus):
                    if bus == "hung":
                        hung.bind(f"{self.daemon.directory}/no-bus")
                        hung.listen()
                    released = self.daemon.release("--release-if-stopped", "--session-bus")
                    self.assertEqual(0, released.returncode)
                    self.assertIn("what is bound stays bound", released.stdout)
                    self.assert_same(serving, self.server.snapshot())

    def test_nobody_is_asked_where_nothing_is_left(self):
        self.daemon.start()
        self.daemon.stop()
        released = self.daemon.release("--release-if-stopped", "--session-bus")
        self.assertEqual((0, ""), (released.returncode, released.stdout))

    def test_a_ledger_that_cannot_be_read_is_said_to_be_lost_and_the_vips_go_all_the_same(self):
        self.daemon.start()
        self.daemon.kill()
        (self.daemon.runtime / "ledger").write_text("nonsense")
        released = self.daemon.release()
        self.assertEqual(1, released.returncode)
        self.assertIn("the sysctls, since the ledger is lost", released.stdout)
        self.assertFalse(any(map(self.server.holds, VIPS)))


if __name__ == "__main__":
    support.main()
