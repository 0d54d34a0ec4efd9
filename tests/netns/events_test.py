"""What the kernel tells of is put right far ahead of the audit, within 50 ms, and clients hardly notice. A pause of a
busy machine may spoil a single time, not half of them."""
import contextlib
import itertools
import signal
import statistics
import threading
import time

import support
from cost import SLOWNESS
from daemon import dr
from namespace import NEIGHBOUR, VIP
from netlink import Tables, set_device_conf
from probes import Web, connect
from serving import Serving

TIMES = 5
PROMISED = 0.05
GAP = 1.7


class Download(contextlib.ExitStack):
    """A download from the VIP without end; `longest` is how long nothing of it came, `taken` how much did."""

    def __init__(self, segment):
        super().__init__()
        web = Web(segment.server, 80)
        self.callback(web.close)
        self._client = self.enter_context(connect(segment.neighbour, VIP, 80))
        self._served = self.enter_context(web.accept())
        self._client.settimeout(30)
        self.longest = self.taken = 0
        self._ended = threading.Event()
        for work in (self._send, self._take):
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            self.callback(thread.join)
        self.callback(self._ended.set)

    def _send(self):
        with self._served:
            while not self._ended.wait(0.002):
                self._served.sendall(bytes(1000))

    def _take(self):
        last = time.monotonic()
        while block := self._client.recv(1 << 16):
            now = time.monotonic()
            self.longest, last = max(self.longest, now - last), now
            self.taken += len(block)

    def await_more(self, seconds=10):
        """Until something comes that was sent after this call."""
        wanted = self.taken + 100_000
        support.await_(lambda: self.taken > wanted, seconds, 0.01, "the download goes on")


class Events(Serving):
    def half_in_time(self, what, damage, repaired):
        times = []
        for _ in range(TIMES):
            time.sleep(0.3)  # so that it is no fight
            begin = time.monotonic()
            damage()
            support.await_(repaired, 3, 0.001, what)
            times.append(time.monotonic() - begin)
        print(f"{what}: {[f'{1e3 * each:.0f}' for each in times]} ms", flush=True)
        self.assertLess(statistics.median(times), PROMISED * SLOWNESS)

    def silent(self, device):
        return [self.server.sysctl(device, key) for key in ("arp_ignore", "arp_announce")] == [1, 2]

    # faults: 1
    def test_a_deleted_vip_is_back_before_a_download_notices_much(self):
        download = self.using(Download(self.segment))
        download.await_more()
        self.half_in_time("VIP deleted", lambda: self.server.ip(f"addr del {VIP}/32 dev lo"), lambda: self.server.holds(VIP))
        download.await_more()
        print(f"longest gap of the download: {1e3 * download.longest:.0f} ms", flush=True)
        self.assertLess(download.longest, GAP)

    # faults: 10
    def test_a_value_written_by_netlink_is_told_of(self):
        self.half_in_time("RTM_SETLINK", lambda: set_device_conf(self.server, "eth0", {"arp_ignore": 0, "arp_announce": 0}),
                          lambda: self.silent("eth0"))

    # faults: 12
    def test_a_device_that_is_plugged_in_is_safe_at_once_and_by_itself_soon(self):
        self.assertEqual(0, self.server.sysctl("default", "arp_ignore"))
        numbers = itertools.count(1)

        def plug_in():
            self.device = f"eth{next(numbers)}"
            self.segment.add_link(self.device)
        self.half_in_time("plugged in", plug_in, lambda: self.silent(self.device))
        self.daemon.send(signal.SIGSTOP)
        plug_in()
        self.assertIn(self.device, support.ethernet_devices(self.server))
        self.assertEqual([], support.hazards(self.server))
        self.assertEqual(0, self.server.sysctl(self.device, "arp_ignore"), "it is safe by itself: this test says nothing")
        self.daemon.send(signal.SIGCONT)
        support.await_(lambda: self.silent(self.device), what="silent by itself too")

    # faults: 20
    def test_a_ruleset_that_is_flushed_while_drained_has_its_guard_again_and_the_block_of_probes_stays(self):
        self.daemon.write_role("web", dr(VIP, extra=f'directors = ["{NEIGHBOUR}"]\n[drain]\nprobes = true'))
        self.daemon.reload()
        self.assertEqual(0, self.daemon.control("drain", "web", "--timeout", "1s").returncode)
        rules = self.server.ip("-d rule")
        self.assertIn("unreachable", rules)
        times = [self.unguarded() for _ in range(TIMES)]
        print(f"ruleset flushed: {[f'{1e3 * each:.0f}' for each in times]} ms", flush=True)
        self.assertLess(max(times), 2)
        self.assertLess(statistics.median(times), PROMISED * SLOWNESS)
        self.assertEqual(rules, self.server.ip("-d rule"))
        self.assertEqual("drained", self.daemon.role("web")["state"])

    def unguarded(self):
        """Seconds from a flush to the next guard, which may be there before the command has ended."""
        with Tables(self.server) as tables:
            command = self.server.popen("nft", "flush", "ruleset")
            gone, made = tables.wait(Tables.GONE), tables.wait(Tables.MADE)
        self.assertEqual(0, command.wait())
        self.assertIn("@vips32 counter", self.server.run("nft", "list", "table", "arp", "realserverd"))
        return made - gone

    # faults: 13
    def test_a_device_that_is_renamed_while_it_is_up_stays_silent_and_watched(self):
        self.segment.add_link("eth1")
        support.await_(lambda: self.silent("eth1"))
        try:
            self.server.ip("link set eth1 name wan0")
        except RuntimeError as error:
            self.skipTest(f"this kernel renames no device that is up: {error}")
        self.assertTrue(self.silent("wan0"))
        self.half_in_time("flipped under its new name", lambda: self.server.sysctl("wan0", "arp_ignore", 4),
                          lambda: self.silent("wan0"))


if __name__ == "__main__":
    support.main()
