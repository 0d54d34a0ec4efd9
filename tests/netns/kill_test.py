"""kill -9 at any moment of a start or a stop: ARP stays silent as long as a VIP is bound, and the next start
and stop leave nothing behind."""
import os
import random
import signal
import time

import support
from daemon import Daemon, dr
from namespace import NEIGHBOUR, VIP, VIP6, Segment

KILLS = 200
ROLES = {
    "web": dr(VIP, VIP6, extra=f'[reply]\ngateway = "{NEIGHBOUR}"\ndevice = "eth0"'),
    "many": dr("198.51.100.0/24", "192.0.2.18"),
}
VIPS = (VIP, "198.51.100.7", "192.0.2.18")


class Killed(support.Test):
    def setUp(self):
        self.server = self.using(Segment()).server
        # Other values than the kernel's own, so that putting back is more than writing zeros.
        self.server.sysctl("all", "arp_announce", 1)
        self.server.sysctl("eth0", "arp_ignore", 4)
        self.daemon = self.using(Daemon(self.server, ROLES, bus=False))
        self.before = self.server.snapshot()
        seed = int(os.environ.get("SEED", random.SystemRandom().randrange(1 << 32)))
        print(f"SEED={seed}", flush=True)
        self.random = random.Random(seed)

    def measure(self):
        """How long a start and a stop take here, in seconds."""
        begin = time.monotonic()
        self.daemon.start()
        started = time.monotonic()
        self.daemon.stop()
        return started - begin, time.monotonic() - started

    def kill_after(self, seconds):
        """The random moment is the point, so this one sleeps. False if the daemon had ended by itself."""
        time.sleep(seconds)
        ended = self.daemon.process.poll() is not None
        self.daemon.kill()
        return not ended

    def check_invariant(self, when):
        bound = [vip for vip in VIPS if self.server.holds(vip)]
        if bound:
            self.assertEqual([], support.hazards(self.server), f"{bound} bound, killed {when}")
        return bool(bound)

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

    def test_a_ledger_that_cannot_be_read_is_said_to_be_lost_and_the_vips_go_all_the_same(self):
        self.daemon.start()
        self.daemon.kill()
        (self.daemon.runtime / "ledger").write_text("nonsense")
        released = self.daemon.release()
        self.assertEqual(1, released.returncode)
        self.assertIn("the sysctls, since the ledger is lost", released.stdout)
        self.assertFalse(any(map(self.server.holds, VIPS)))

    def test_no_kill_leaves_a_vip_in_the_open_or_anything_behind(self):
        start_time, stop_time = self.measure()
        self.assert_same(self.before, self.server.snapshot())
        bound = hits = 0
        for number in range(KILLS):
            stopping = number % 2
            moment = self.random.random() * (stop_time if stopping else start_time)
            when = f"{moment * 1e3:.3f} ms into {'stop' if stopping else 'start'} {number}"
            if stopping:
                self.daemon.start()
                self.daemon.send(signal.SIGTERM)
            else:
                self.daemon.spawn()
            hits += self.kill_after(moment)
            bound += self.check_invariant(when)
            with self.subTest(when):
                self.daemon.start()
                self.assertTrue(all(map(self.server.holds, VIPS)))
                self.daemon.stop()
                self.assert_same(self.before, self.server.snapshot())
        print(f"{hits} of {KILLS} killed in a start of {start_time * 1e3:.1f} ms or a stop of "
              f"{stop_time * 1e3:.1f} ms; a VIP was bound after {bound} of them", flush=True)
        # A test that never hits the middle proves nothing.
        self.assertGreater(hits, KILLS // 2)
        self.assertTrue(0 < bound < KILLS)


if __name__ == "__main__":
    support.main()
