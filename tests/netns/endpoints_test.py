"""Where directors ask, and that they can while the daemon is restarted."""
import json
import signal
import socket
import time

import support
from daemon import NODE, Daemon
from health import AGENT_PORT, PORT, Asked, answers, take
from namespace import RIP, RIP6, VIP, Namespace
from probes import connect
from stored_daemon import StoredDaemon
from support import await_

LATER = 8  # seconds: it tries again each second, and the audit comes every ten


class Places(Asked):
    # faults: 66
    def test_a_port_that_is_taken_is_a_problem_until_it_is_free(self):
        with self.server:
            other = socket.socket()
        other.bind((RIP, PORT))
        other.listen()
        self.daemon.write_node(NODE + f'[health]\nlisten = ["{RIP}:{PORT}"]\n')
        self.daemon.start()
        self.assertIn(f"health.listen {RIP}:{PORT}: bind: Address already in use", self.daemon.log())
        self.assertTrue(self.server.holds(VIP))
        self.assertEqual(1, self.server.run("ss", "-Hltn").count("\n"))
        other.close()
        await_(lambda: answers(self.director), LATER, 0.1)

    # faults: 66
    def test_an_address_that_comes_later_is_listened_at_then_and_no_other_before(self):
        self.daemon.write_node(NODE + f'[health]\nlisten = ["192.0.2.77:{PORT}"]\n')
        self.daemon.start()
        self.assertEqual("", self.server.run("ss", "-Hltn"))
        self.assertIn("Cannot assign requested address", self.daemon.log())
        self.server.ip("addr add 192.0.2.77/24 dev eth0")
        await_(lambda: answers(self.director, address="192.0.2.77"), LATER, 0.1)
        self.assertFalse(answers(self.director, address=RIP))

    # faults: 58
    def test_a_bus_name_that_another_has_is_a_problem_in_the_status_and_no_reason_to_end(self):
        other = self.using(Daemon(self.using(Namespace())))
        other.start()
        self.daemon.bus.close()
        self.daemon.bus = other.bus
        self.daemon.start()
        said = lambda: json.loads(self.ask("/status")[1])["problems"]  # noqa: E731
        await_(said, 15, 0.1, "the status names a problem")
        self.assertEqual(["D-Bus: org.realserverd.RealServer1 belongs to another process"], said())
        self.assertIn("realserverctl cannot reach this daemon", self.daemon.log())
        self.server.ip(f"addr del {VIP}/32 dev lo")
        await_(lambda: self.server.holds(VIP))
        other.stop()
        await_(lambda: not said(), 35, 0.1, "the name is ours")


class Restart(Asked):
    def make_daemon(self):
        return StoredDaemon(self.server, self.ROLES, node=self.NODE)

    # faults: 68
    def test_a_check_that_arrives_during_a_restart_waits_and_is_answered(self):
        self.daemon.start()
        self.assertEqual(6, len(self.daemon.notify.look()))
        self.daemon.leave()
        # Who keeps the sockets lets them all in, and the next daemon answers them.
        waiting = [self.using(connect(self.director, RIP, PORT)) for _ in range(20)]
        with connect(self.director, RIP, AGENT_PORT) as agent:
            for each in waiting:
                each.send(b"GET /health HTTP/1.1\r\nHost: rs\r\n\r\n")
            self.daemon.start()
            self.assertEqual({b"HTTP/1.1 200"}, {take(each)[:12] for each in waiting})
            self.assertEqual(b"up ready 100%\n", take(agent))
        self.assertEqual(200, self.ask(address=RIP6)[0])
        self.assertEqual(6, len(self.daemon.notify.look()))

    # faults: 68
    def test_a_kept_drain_is_what_a_waiting_check_is_told(self):
        self.daemon.start()
        self.daemon.control("drain", "--no-wait")
        self.daemon.kill()
        with connect(self.director, RIP, PORT) as waiting:
            waiting.send(b"GET /health HTTP/1.1\r\nHost: rs\r\n\r\n")
            self.daemon.start()
            self.assertTrue(take(waiting).startswith(b"HTTP/1.1 503"))

    def test_sockets_that_are_not_wanted_any_more_are_closed_and_taken_from_the_store(self):
        self.daemon.start()
        self.daemon.leave()
        self.daemon.write_node(NODE + f'[health]\nlisten = ["{RIP}:{PORT}"]\n')
        self.daemon.start()
        self.assertEqual({f"health.listen@{RIP}_{PORT}@{who}" for who in ("directors", "others")},
                         set(self.daemon.notify.look()))
        self.assertEqual(2, self.server.run("ss", "-Hltn").count("\n"))
        self.assertEqual(200, self.ask()[0])

    def test_a_check_that_has_begun_is_answered_before_a_restart(self):
        self.daemon.start()
        with connect(self.director, RIP, PORT) as begun:
            begun.send(b"GET /health HTTP/1.1\r\n")
            self.ask()  # is taken in later, so that the other one has been
            self.daemon.send(signal.SIGUSR2)
            self.daemon.notify.wait("STOPPING=1", self.daemon.process, 5)
            begun.send(b"Host: rs\r\n\r\n")
            self.assertTrue(take(begun).startswith(b"HTTP/1.1 200"))
        self.daemon.wait()

    def test_whoever_asks_nothing_does_not_hold_a_restart_up(self):
        spans = []
        for _ in range(3):  # a busy machine makes one of them longer
            self.daemon.start()
            with connect(self.director, RIP, PORT):
                self.ask()
                begin = time.monotonic()
                self.daemon.leave()
                spans.append(time.monotonic() - begin)
        self.assertLess(min(spans), 1.5)

    def test_no_check_fails_while_the_daemon_restarts_again_and_again(self):
        self.daemon.start()
        for number in range(5):
            killed = number % 2
            self.daemon.send(signal.SIGKILL if killed else signal.SIGUSR2)
            with connect(self.director, RIP, PORT, 5) as waiting:
                waiting.send(b"GET /health HTTP/1.1\r\nHost: rs\r\n\r\n")
                self.daemon.wait()
                self.daemon.start()
                # Taken by a process that was killed, it is closed with it; a director asks once more then.
                self.assertIn(take(waiting)[:12], (b"HTTP/1.1 200", b"") if killed else (b"HTTP/1.1 200",))
            self.assertEqual(200, self.ask()[0])


if __name__ == "__main__":
    support.main()
