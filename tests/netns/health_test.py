"""What directors are told, and what everybody else is not."""
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import unittest

import support
from daemon import NODE, dr
from health import AGENT_PORT, PORT, STRANGER, Asked, answers, ask, raw, take
from namespace import NEIGHBOUR, NEIGHBOUR6, RIP, RIP6, VIP, VIP6
from probes import connect
from support import await_

ORDER = 0.5  # seconds, in which an order comes to the front


class Answers(Asked):
    def setUp(self):
        super().setUp()
        self.daemon.start()

    def test_a_serving_role_is_told_on_every_path(self):
        self.assertEqual((200, "web: serving\n"), self.ask())
        self.assertEqual((200, "serving\n"), self.ask("/health/web"))
        self.assertEqual((200, "100\n"), self.ask("/weight/web"))
        self.assertEqual((200, "web: serving\n"), self.ask(address=RIP6))
        self.assertEqual(b"up ready 100%\n", self.agent())

    def test_the_answer_has_turned_before_the_drain_call_returns(self):
        for _ in range(10):
            self.assertEqual(0, self.daemon.control("drain", "--no-wait").returncode)
            self.assertEqual(503, self.ask("/health/web")[0])
            self.assertEqual((200, "0\n"), self.ask("/weight/web"))
            self.assertEqual(b"up drain\n", self.agent())
            self.assertEqual(0, self.daemon.control("undrain", "--no-wait").returncode)
            self.assertEqual((200, "serving\n"), self.ask("/health/web"))

    def test_what_is_not_there_is_404_and_what_does_not_read_405(self):
        self.assertEqual(404, self.ask("/health/media")[0])
        self.assertEqual(404, self.ask("/health/web%00")[0])
        self.assertEqual(404, self.ask("/")[0])
        self.assertEqual((405, "expected GET or HEAD\n"), self.ask(method="POST"))
        self.assertEqual((200, ""), self.ask(method="HEAD"))

    def test_the_status_and_the_metrics_are_those_of_the_command(self):
        self.ask()
        code, text = self.ask("/status")
        self.assertEqual(200, code)
        told, known = json.loads(text), self.daemon.status()
        self.assertEqual(known["roles"][0]["vips"], told["roles"][0]["vips"])
        self.assertEqual(known.keys(), told.keys())
        code, text = self.ask("/metrics")
        self.assertEqual(200, code)
        for line in ('realserverd_role_state{role="web",state="serving"} 1', 'realserverd_role_vips_bound{role="web"} 2',
                     'realserverd_health_requests_total{code="200"} 2', "realserverd_drifts_total 0"):
            self.assertIn(line + "\n", text)

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed")
    def test_prometheus_finds_nothing_wrong_with_the_metrics(self):
        checked = subprocess.run(["promtool", "check", "metrics"], input=self.ask("/metrics")[1], capture_output=True, text=True)
        self.assertEqual((0, ""), (checked.returncode, checked.stdout + checked.stderr))

    def test_a_director_that_was_told_stands_in_the_status(self):
        self.assertEqual([None, None], [each["last_poll"] for each in self.daemon.role("web")["directors"]])
        self.ask("/health/web")
        told = await_(self.told, what="the poll is reported")
        self.assertEqual({NEIGHBOUR: "serving", NEIGHBOUR6: None}, told)

    def told(self):
        """What each director was told last; None before any was."""
        answers = {each["address"]: each["last_answer"] for each in self.daemon.role("web")["directors"]}
        return answers if any(answers.values()) else None

    # faults: 73
    def test_while_the_daemon_hangs_directors_are_told_what_held_last(self):
        self.daemon.send(signal.SIGSTOP)
        self.assertEqual(0, self.daemon.control("status").returncode)  # which would count connections
        for _ in range(1000):  # more than it could be told of meanwhile
            self.assertEqual(200, self.ask("/health/web")[0])
        self.daemon.send(signal.SIGCONT)
        self.assertEqual(0, self.daemon.control("drain", "--no-wait").returncode)
        self.assertEqual(503, self.ask("/health/web")[0])

    # faults: 73
    def test_an_order_to_a_daemon_that_hangs_keeps_no_director_waiting_and_is_carried_out_later(self):
        for polls in (0, 1000):  # so many leave no room for the order
            with self.subTest(polls=polls):
                self.daemon.send(signal.SIGSTOP)
                for _ in range(polls):
                    self.ask("/health/web")
                drain = self.daemon.control_start("drain", "--no-wait")
                until = time.monotonic() + ORDER
                while time.monotonic() < until:
                    self.assertEqual((200, "serving\n"), self.ask("/health/web"))
                self.assertIsNone(drain.poll())
                self.daemon.send(signal.SIGCONT)
                _, errors = drain.communicate(timeout=10)
                self.assertEqual((0, 503), (drain.returncode, self.ask("/health/web")[0]), errors)
                self.assertEqual(0, self.daemon.control("undrain", "--no-wait").returncode)

    def test_a_missing_vip_is_told_until_it_is_back(self):
        self.server.sysctl("eth0", "arp_ignore", 0)
        codes = {self.ask("/health/web")[0] for _ in range(50)}
        self.assertLessEqual(codes, {200, 503})
        await_(lambda: self.ask("/health/web") == (200, "serving\n"))


class Callers(Asked):
    def setUp(self):
        super().setUp()
        self.daemon.start()

    def test_a_stranger_is_refused_and_the_host_itself_is_not(self):
        code, text = self.ask(source=STRANGER)
        self.assertEqual(403, code)
        self.assertIn("health.allow", text)
        self.assertEqual(b"", raw(self.director, b"", port=AGENT_PORT, source=STRANGER))
        for address in ("127.0.0.1", "::1", RIP, RIP6):
            self.assertEqual(200, ask(self.server, address=address)[0])

    # faults: 67
    def test_who_asks_at_a_vip_is_not_answered(self):
        for vip in (VIP, VIP6):
            self.assertEqual(b"", raw(self.director, b"GET /health HTTP/1.1\r\nHost: rs\r\n\r\n", vip))
        self.assertEqual(b"", raw(self.director, b"", VIP, AGENT_PORT))

    def queues(self, family):
        """Connections that wait at each of the two sockets of the HTTP endpoint."""
        lines = self.server.run("ss", "-Hltn", family, f"sport = :{PORT}").splitlines()
        return sorted(int(line.split()[1]) for line in lines)

    def test_directors_wait_in_a_queue_of_their_own(self):
        other6 = "2001:db8::99"
        self.director.ip(f"addr add {other6}/64 dev eth0 nodad")
        os.kill(self.daemon.front, signal.SIGSTOP)
        for director, other, address, family in ((NEIGHBOUR, STRANGER, RIP, "-4"), (NEIGHBOUR6, other6, RIP6, "-6")):
            for source, count in ((director, 7), (other, 4)):
                for _ in range(count):
                    self.using(connect(self.director, address, PORT, source=source))
            self.assertEqual([4, 7], self.queues(family))
        # However many others come, the director's connections are taken.
        with self.director:
            crowd = [self.using(socket.socket()) for _ in range(300)]
        for each in crowd:
            each.setblocking(False)
            each.bind((STRANGER, 0))
            each.connect_ex((RIP, PORT))
        await_(lambda: self.queues("-4")[1] > 128)
        self.using(connect(self.director, RIP, PORT, timeout=0.5, source=NEIGHBOUR))
        os.kill(self.daemon.front, signal.SIGCONT)
        self.assertEqual(200, self.ask()[0])

    def test_a_reload_changes_who_is_a_director_in_the_kernel_too(self):
        self.daemon.write_role("web", dr(VIP, VIP6, extra=f'directors = ["{STRANGER}"]'))
        self.daemon.reload()
        self.assertEqual([403, 200], [self.ask(source=source)[0] for source in (NEIGHBOUR, STRANGER)])
        os.kill(self.daemon.front, signal.SIGSTOP)
        for source, count in ((STRANGER, 3), (NEIGHBOUR, 2)):
            for _ in range(count):
                self.using(connect(self.director, RIP, PORT, source=source))
        self.assertEqual([2, 3], self.queues("-4"))
        os.kill(self.daemon.front, signal.SIGCONT)

    def test_a_reload_changes_who_may_ask_and_where(self):
        self.daemon.write_node(NODE + f'[health]\nallow = ["{STRANGER}"]\nlisten = ["{RIP}:9190"]\n')
        self.daemon.reload()
        self.assertFalse(answers(self.director))
        self.assertEqual(200, self.ask(source=STRANGER, port=9190)[0])
        self.assertEqual(403, self.ask(port=9190)[0])
        self.daemon.write_node(NODE + '[health]\nlisten = []\n')
        self.daemon.reload()
        self.assertEqual("", self.server.run("ss", "-Hltn"))

    def test_strangers_in_a_crowd_fill_neither_the_log_nor_the_directors_slots(self):
        for _ in range(300):
            self.ask(source=STRANGER)
        held = [self.using(connect(self.director, RIP, PORT, source=STRANGER)) for _ in range(100)]
        self.assertEqual(200, self.ask()[0])
        self.assertEqual(1, self.daemon.log().count("not in health.allow"))
        for each in held:
            each.close()


@unittest.skipUnless(shutil.which("haproxy"), "haproxy is not installed")
class Haproxy(Asked):
    CONFIG = """global
  stats socket {directory}/haproxy level admin
defaults
  timeout connect 1s
  timeout client 1s
  timeout server 1s
backend web
  server rs 192.0.2.9:80 agent-check agent-port 9181 agent-inter 50ms{extra}
frontend front
  bind 127.0.0.1:8080
  default_backend web
"""

    def start_haproxy(self, extra=""):
        directory = self.daemon.directory
        (directory / "haproxy.cfg").write_text(self.CONFIG.format(directory=directory, extra=extra))
        process = self.director.popen("haproxy", "-db", "-f", str(directory / "haproxy.cfg"),
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (process.kill(), process.wait()))

    def status(self):
        with socket.socket(socket.AF_UNIX) as control:
            try:
                control.connect(str(self.daemon.directory / "haproxy"))
            except OSError:
                return None
            control.send(b"show stat\n")
            for line in take(control).decode().splitlines():
                fields = line.split(",")
                if fields[:2] == ["web", "rs"]:
                    return fields[17]
        return None

    def test_haproxy_does_as_it_is_told_and_undoes_it_again(self):
        self.daemon.start()
        self.start_haproxy(' agent-send "web\\n"')
        await_(lambda: self.status() == "no check", seconds=5, what="the first status")
        self.daemon.control("drain", "--no-wait")
        await_(lambda: self.status() == "DRAIN (agent)", seconds=5, what=self.status)
        self.daemon.control("undrain", "--no-wait")
        await_(lambda: self.status() == "no check", seconds=5, what=self.status)


if __name__ == "__main__":
    support.main()
