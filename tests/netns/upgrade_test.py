"""A ledger of another format, as a later version leaves when it is replaced by this one: what it knows of the host is
neither lost nor guessed, and is put back by whoever can read it."""
import support
from daemon import Daemon, dr
from flood_test import RATE
from namespace import VIP, Segment
from probes import Flood, leaked

# How a later version may have it: other words, more of them, what this version cannot know, and no last line.
LATER = "realserverd-ledger 2 {epoch}\nsysctl {entries}\nnetdev 3 gro_flush_timeout 0 20000\n"
KEPT = "ledger.unknown"


def of_later_format(ledger):
    """The same knowledge, in a way that this version does not understand."""
    heading, *entries, _ = ledger.splitlines()
    return LATER.format(epoch=heading.split(" ", 2)[2], entries="\nsysctl ".join(entries))


class LaterLedger(support.Test):
    def setUp(self):
        self.segment = self.using(Segment())
        self.server = self.segment.server
        # Other values than the kernel's own, so that putting back is more than writing zeros.
        self.server.sysctl("all", "arp_announce", 1)
        self.server.sysctl("eth0", "arp_ignore", 4)
        self.before = self.server.snapshot()
        self.flood = self.using(Flood(self.segment, VIP, RATE))
        self.daemon = self.using(Daemon(self.server, {"web": dr(VIP)}))
        self.ledger, self.kept = self.daemon.runtime / "ledger", self.daemon.runtime / KEPT
        self.daemon.start()
        self.known = self.ledger.read_text()
        self.serving = self.server.snapshot()
        self.daemon.kill()
        self.later = of_later_format(self.known)
        self.ledger.write_text(self.later)
        self.flood.count()

    def problems(self):
        return " ".join(self.daemon.status()["problems"])

    def assert_silent(self):
        self.assertTrue(self.server.holds(VIP))
        self.assertEqual([], support.hazards(self.server))
        self.assertEqual(0, leaked(self.flood.count()))

    def arp_values(self):
        return [self.server.sysctl(device, key) for device in ("all", "eth0") for key in ("arp_ignore", "arp_announce")]

    # faults: 84
    def test_a_later_ledger_is_told_and_kept_and_the_vip_served(self):
        self.daemon.start()
        self.assert_silent()
        self.assertEqual(("serving", True), (self.daemon.role("web")["state"], self.daemon.role("web")["in_sync"]))
        self.assertEqual(self.serving, self.server.snapshot())
        for told in (self.problems(), self.daemon.log()):
            self.assertIn(f"{self.ledger}: line 1: not a ledger of this version", told)
        self.assertEqual(self.later, self.kept.read_text())

    # faults: 84
    def test_what_the_later_version_had_changed_is_not_guessed_at(self):
        self.daemon.start()
        self.server.sysctl("all", "arp_ignore", 0)
        support.await_(lambda: self.server.sysctl("all", "arp_ignore") == 1, what="repaired as ever")
        self.daemon.stop()
        self.assertFalse(self.server.holds(VIP))
        self.assertEqual([1, 2, 1, 2], self.arp_values())
        released = self.daemon.release()
        self.assertEqual(1, released.returncode)
        self.assertIn(f"the sysctls, since the ledger is lost: {self.kept}", released.stdout)
        self.assertEqual([1, 2, 1, 2], self.arp_values())
        self.assertEqual(self.later, self.kept.read_text())

    # faults: 84
    def test_a_version_that_can_read_it_puts_the_host_back_however_this_one_ended(self):
        for ends in ([self.daemon.kill], [self.daemon.leave], [self.daemon.stop], [self.daemon.kill, self.daemon.stop]):
            with self.subTest(" ".join(end.__name__ for end in ends)):
                for end in ends:
                    self.daemon.start()
                    end()
                self.assertEqual(self.later, self.kept.read_text())
                self.kept.write_text(self.known)  # as which the later version understands it
                self.daemon.start()
                self.assert_silent()
                self.assertEqual("", self.problems())
                self.daemon.stop()
                self.assert_same(self.before, self.server.snapshot())
                self.assertFalse(self.kept.exists())
                self.daemon.start()
                self.daemon.kill()
                self.assertEqual(self.known, self.ledger.read_text())
                self.ledger.write_text(self.later)

    # faults: 84
    def test_a_release_by_a_version_that_can_read_it_puts_the_host_back(self):
        self.daemon.start()
        self.daemon.kill()
        self.kept.write_text(self.known)
        released = self.daemon.release()
        self.assertEqual(0, released.returncode, released.stdout)
        self.assert_same(self.before, self.server.snapshot())

    # faults: 84
    def test_a_value_that_somebody_changed_while_it_could_not_be_read_is_not_put_back(self):
        self.daemon.start()
        self.daemon.stop()
        self.server.sysctl("eth0", "arp_ignore", 2)
        self.kept.write_text(self.known)
        self.daemon.start()
        self.daemon.stop()
        self.assertEqual([0, 1, 2, 0], self.arp_values())


if __name__ == "__main__":
    support.main()
