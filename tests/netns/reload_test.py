"""Reload is a transaction; a restart, a crash and a bad file leave the host as it is."""
import random
import signal
import time

import support
from daemon import Daemon, dr
from namespace import NEIGHBOUR, VIP, VIP6, Segment
from notify import Ended
from netlink import Monitor
from probes import Web, connect

OTHER = "192.0.2.18"
BAD = 'forwarding = "dr"\nvips = ["192.0.2.300"]\nservices = ["80/tcp"]\n'
EX_CONFIG, TIMED_OUT = 78, 5


class Case(support.Test):
    ROLES = {"web": dr(VIP, VIP6, extra=f'[reply]\ngateway = "{NEIGHBOUR}"\ndevice = "eth0"'),
             "many": dr("198.51.100.0/24")}

    def setUp(self):
        segment = self.using(Segment())
        self.server, self.neighbour = segment.server, segment.neighbour
        self.server.sysctl("eth0", "arp_ignore", 4)
        self.before = self.server.snapshot()
        self.daemon = self.using(Daemon(self.server, self.ROLES))

    def assert_quiet(self, monitor):
        """Not one notification: nothing was taken away, and nothing put where it is already."""
        self.assertEqual([], monitor.drain())

    def assert_in_sync(self, *names):
        status = self.daemon.status()
        self.assertEqual({(name, "serving", True) for name in names},
                         {(role["name"], role["state"], role["in_sync"]) for role in status["roles"]})


class Reload(Case):
    def setUp(self):
        super().setUp()
        self.daemon.start()
        self.server.settle()
        self.monitor = self.using(Monitor(self.server))

    def test_an_unchanged_configuration_is_reloaded_without_a_single_event(self):
        self.daemon.reload()
        self.assert_quiet(self.monitor)
        self.assert_in_sync("web", "many")

    def test_a_bad_file_keeps_the_running_configuration(self):
        running = self.server.snapshot()
        self.daemon.write_role("media", BAD)
        self.daemon.remove_role("many")
        self.daemon.reload()
        self.assert_quiet(self.monitor)
        self.assert_same(running, self.server.snapshot())
        self.assert_in_sync("web", "many")
        self.assertIn(f"{self.daemon.config}/conf.d/media.toml:2:9: vips", self.daemon.log())

    def test_a_good_reload_adds_and_removes_roles_and_touches_no_other(self):
        self.daemon.write_role("media", dr(OTHER))
        self.daemon.remove_role("many")
        self.daemon.reload()
        self.assert_in_sync("web", "media")
        self.assertTrue(self.server.holds(OTHER))
        self.assertFalse(self.server.holds("198.51.100.7"))
        touched = {event.subject.split("/")[0] for event in self.monitor.drain()}
        self.assertEqual({OTHER, "198.51.100.0"}, touched)
        self.daemon.stop()
        self.assert_same(self.before, self.server.snapshot())

    # faults: 48
    def test_a_vip_with_connections_stays_until_its_role_is_drained(self):
        web = self.using(Web(self.server, 80))
        client = self.using(connect(self.neighbour, VIP, 80))
        served = self.using(web.accept())
        self.daemon.write_role("web", dr(OTHER))
        refused = self.daemon.control("reload")
        self.assertNotEqual(0, refused.returncode)
        self.assertIn(f"role web: would cut off 1 connection to {VIP} and 1 more; drain it first: realserverctl drain web",
                      refused.stderr)
        self.assert_quiet(self.monitor)
        client.sendall(b"?")
        self.assertEqual(b"?", served.recv(1))
        self.assertEqual(TIMED_OUT, self.daemon.control("drain", "web", "--timeout", "1s").returncode)
        self.daemon.reload()
        self.assertFalse(self.server.holds(VIP))
        self.assertTrue(self.server.holds(OTHER))

    def test_a_changed_role_exchanges_what_changed_and_nothing_else(self):
        self.daemon.write_role("web", dr(VIP, OTHER))
        self.daemon.reload()
        self.assertEqual([True, True, False], [self.server.holds(vip) for vip in (VIP, OTHER, VIP6)])
        addresses = [(event.kind, event.subject) for event in self.monitor.drain() if event.kind.endswith("addr")]
        self.assertEqual([("new addr", OTHER), ("del addr", VIP6)], addresses)

    def test_a_reload_the_kernel_refuses_is_taken_back_whole(self):
        running = self.server.snapshot()
        # No route leads to this gateway: the kernel refuses the reply route.
        self.daemon.write_role("media", dr(OTHER, extra='[reply]\ngateway = "203.0.113.1"\ndevice = "eth0"'))
        self.daemon.write_role("another", dr("192.0.2.28"))
        self.daemon.reload()
        self.assert_same(running, self.server.snapshot())
        self.assert_in_sync("web", "many")
        self.assertIn("203.0.113.1", self.daemon.log())

    # faults: 76
    def test_a_storm_of_reloads_ends_in_one_quiet_state(self):
        for _ in range(1000):
            self.daemon.send(signal.SIGHUP)
        self.daemon.reload()
        self.assert_quiet(self.monitor)
        self.assert_in_sync("web", "many")


class Control(support.Test):
    def test_realserverctl_reload_tells_what_is_wrong_and_that_nothing_happened(self):
        server = self.using(Segment()).server
        daemon = self.using(Daemon(server, {"web": dr(VIP)}))
        daemon.start()
        self.assertEqual(0, daemon.control("reload").returncode)
        daemon.write_role("media", BAD)
        result = daemon.control("reload")
        self.assertEqual(EX_CONFIG, result.returncode)
        self.assertIn("media.toml:2:9: vips", result.stderr)
        self.assertEqual(["web"], [role["name"] for role in daemon.status()["roles"]])


class Restart(Case):
    def test_a_restart_leaves_everything_in_place_and_adopts_it(self):
        self.daemon.start()
        running = self.server.snapshot()
        monitor = self.using(Monitor(self.server))
        self.assertEqual(0, self.daemon.leave())
        self.assert_quiet(monitor)
        self.daemon.start()
        self.assert_quiet(monitor)
        self.assert_same(running, self.server.snapshot())
        self.daemon.stop()
        self.assert_same(self.before, self.server.snapshot())

    def test_a_start_after_a_crash_adopts_what_is_there(self):
        self.daemon.start()
        self.server.settle()
        monitor = self.using(Monitor(self.server))
        self.daemon.kill()
        self.daemon.start()
        self.assert_quiet(monitor)
        self.daemon.stop()
        self.assert_same(self.before, self.server.snapshot())

    def test_what_nobody_wants_any_more_after_a_crash_is_removed(self):
        self.daemon.start()
        self.daemon.kill()
        self.daemon.remove_role("many")
        self.daemon.start()
        self.assertFalse(self.server.holds("198.51.100.7"))
        self.daemon.kill()
        self.daemon.remove_role("web")
        self.daemon.start()
        self.assert_same(self.before, self.server.snapshot())

    def test_a_bad_file_at_start_ends_with_78_and_touches_nothing(self):
        self.daemon.write_role("media", BAD)
        self.daemon.spawn()
        self.assertEqual(EX_CONFIG, self.daemon.wait())
        self.assert_same(self.before, self.server.snapshot())
        self.assertEqual([], [line for line in self.daemon.notify.lines if line == "READY=1"])
        self.assertRegex(self.daemon.log(), r"media\.toml:2:9: vips")

    def test_a_bad_file_after_a_crash_leaves_the_vips_alone(self):
        self.daemon.start()
        running = self.server.snapshot()
        self.daemon.kill()
        self.daemon.write_role("media", BAD)
        self.daemon.spawn()
        self.assertEqual(EX_CONFIG, self.daemon.wait())
        self.assert_same(running, self.server.snapshot())

    # faults: 77
    def test_a_second_daemon_on_the_same_directory_gives_up_and_disturbs_nothing(self):
        self.daemon.start()
        first, running = self.daemon.process, self.server.snapshot()
        monitor = self.using(Monitor(self.server))
        try:
            with self.assertRaises(Ended) as ended:
                self.daemon.start()
            self.assertGreater(ended.exception.status, 0)
        finally:
            self.daemon.process = first
        self.assert_quiet(monitor)
        self.assert_same(running, self.server.snapshot())
        self.assertIsNone(first.poll())
        self.daemon.stop()
        self.assert_same(self.before, self.server.snapshot())


class Signals(Case):
    # faults: 76
    def test_a_stop_during_the_start_leaves_the_host_as_it_was(self):
        begin = time.monotonic()
        self.daemon.start()
        span = time.monotonic() - begin
        self.daemon.stop()
        moments = random.Random(76)
        for _ in range(30):
            self.daemon.spawn()
            time.sleep(moments.random() * span)  # any moment, not that of an event
            self.daemon.send(signal.SIGTERM)
            # Before the signal is taken over by the daemon it simply ends the process, with nothing done yet.
            self.assertIn(self.daemon.wait(), (0, -signal.SIGTERM))
            self.assert_same(self.before, self.server.snapshot())

    # faults: 76
    def test_a_second_sigterm_changes_nothing(self):
        self.daemon.start()
        self.daemon.send(signal.SIGTERM)
        self.daemon.send(signal.SIGTERM)
        self.assertEqual(0, self.daemon.wait())
        self.assert_same(self.before, self.server.snapshot())


if __name__ == "__main__":
    support.main()
