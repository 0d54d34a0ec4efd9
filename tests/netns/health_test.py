"""What directors are told, and what everybody else is not."""
import json
import os
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import time
import unittest

import support
from bus_client import Client
from cost import SLOWNESS, Bounds, processes, processor_time
from daemon import NODE, Daemon, dr
from health import AGENT_PORT, PORT, StoredDaemon, answers, ask, raw, take
from namespace import NEIGHBOUR, NEIGHBOUR6, RIP, RIP6, VIP, VIP6, Namespace, Segment
from probes import connect
from support import await_

STRANGER = "192.0.2.99"
REFUSED = 0.01 * SLOWNESS  # seconds from the begin of a drain call to the first check that is refused
ATTEMPTS = 3  # a machine that is busy with other things is not that three times in a row
DIRECTORS = f'directors = ["{NEIGHBOUR}", "{NEIGHBOUR6}"]'
AGENT = f'[agent_check]\nlisten = ["0.0.0.0:{AGENT_PORT}"]\n'


class Case(support.Test):
    NODE = NODE + AGENT
    ROLES = {"web": dr(VIP, VIP6, extra=DIRECTORS)}

    def setUp(self):
        segment = self.using(Segment())
        self.server, self.director = segment.server, segment.neighbour
        self.director.ip(f"addr add {STRANGER}/24 dev eth0")
        self.daemon = self.using(self.make_daemon())

    def make_daemon(self):
        return Daemon(self.server, self.ROLES, node=self.NODE)

    def ask(self, path="/health", **where):
        return ask(self.director, path, **where)

    def agent(self, said=b""):
        return raw(self.director, said, port=AGENT_PORT)


class Answers(Case):
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

    def test_the_first_check_that_is_refused_ends_within_ten_milliseconds_of_the_begin_of_the_drain_call(self):
        client = self.using(Client(self.daemon.bus.address))
        for _ in range(ATTEMPTS):
            calls, checks = zip(*[self.drained_and_refused(client) for _ in range(10)])
            middle = statistics.median(checks)
            print(f"medians: call {statistics.median(calls) * 1e3:.1f} ms, first refusal {middle * 1e3:.1f} ms after "
                  f"its begin, worst {max(checks) * 1e3:.1f} ms", flush=True)
            if middle < REFUSED:
                break
        self.assertLess(middle, REFUSED)

    def drained_and_refused(self, client):
        """Seconds that the call took, and until a director had heard of it by asking once."""
        begin = time.monotonic()
        self.assertEqual("", client.ask("Drain", {}))
        called = time.monotonic() - begin
        self.assertEqual(503, self.ask("/health/web")[0])
        refused = time.monotonic() - begin
        self.assertEqual("", client.ask("Undrain"))
        self.assertEqual(200, self.ask("/health/web")[0])
        return called, refused

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
        told = {each["address"]: each["last_answer"] for each in self.daemon.role("web")["directors"]}
        self.assertEqual({NEIGHBOUR: "serving", NEIGHBOUR6: None}, told)

    def test_a_missing_vip_is_told_until_it_is_back(self):
        self.server.sysctl("eth0", "arp_ignore", 0)
        codes = {self.ask("/health/web")[0] for _ in range(50)}
        self.assertLessEqual(codes, {200, 503})
        await_(lambda: self.ask("/health/web") == (200, "serving\n"))


class Callers(Case):
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


class Garbage(Case):
    def setUp(self):
        super().setUp()
        self.daemon.start()
        self.bounds = Bounds(self, self.server, self.daemon)

    # faults: 62
    def test_what_is_no_request_is_refused_or_cut_off(self):
        requests = {
            "a header line of 64 KiB": b"GET /health HTTP/1.1\r\nX: " + b"x" * 65536 + b"\r\n\r\n",
            "100000 headers": b"GET /health HTTP/1.1\r\n" + b"A: b\r\n" * 100000 + b"\r\n",
            "a path of 64 KiB": b"GET /" + b"x" * 65536 + b" HTTP/1.1\r\n\r\n",
            "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "TLS": bytes.fromhex("1603010200010001fc0303") + bytes(range(256)) * 2,
            "NUL in a header": b"GET /nothing HTTP/1.1\r\nHost: rs\r\nX\0Y: \0\r\n\r\n",
            "NUL in the path": b"GET /nothing\0/web HTTP/1.1\r\nHost: rs\r\n\r\n",
            "no CRLF": b"GET /health HTTP/1.1",
            "nothing but line ends": b"\r\n" * 5000,
            "letters": b"x" * 100000,
        }
        for what, request in requests.items():
            with self.subTest(what):
                begin = time.monotonic()
                text = raw(self.director, request)
                self.assertLess(time.monotonic() - begin, 3)
                self.assertRegex(text[:15], rb"^(HTTP/1\.[01] [45]..)?")
                self.assertFalse(text.startswith((b"HTTP/1.1 2", b"HTTP/1.0 2")), text)
        self.assertEqual(200, self.ask()[0])
        self.bounds.assert_held("garbage")
        self.bounds.assert_left_nothing()

    # faults: 62
    def test_of_pipelined_requests_the_first_is_answered(self):
        text = raw(self.director, b"GET /health HTTP/1.1\r\nHost: rs\r\n\r\n" * 100)
        self.assertEqual(1, text.count(b"HTTP/1.1 200"))

    # faults: 62
    def test_a_body_is_not_waited_for(self):
        text = raw(self.director, b"POST /health HTTP/1.1\r\nHost: rs\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n")
        self.assertTrue(text.startswith(b"HTTP/1.1 405"), text)

    # faults: 63
    def test_a_thousand_checks_that_only_connect_leave_no_line_in_the_log(self):
        before, begin = self.daemon.log(), time.monotonic()
        for number in range(1000):
            with connect(self.director, RIP, PORT) as connection:
                if number % 2:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        rate = 1000 / (time.monotonic() - begin)
        print(f"{rate:.0f} connections a second", flush=True)
        self.assertGreater(rate, 100 / SLOWNESS)
        self.assertEqual(200, self.ask()[0])
        said = self.daemon.log()[len(before):].splitlines()
        # That one director asks, once it does, and perhaps that it does not any more.
        self.assertLessEqual(len(said), 2, said)
        self.assertEqual([], [line for line in said if f"web: director: {NEIGHBOUR} " not in line])
        self.bounds.assert_held("1000 that only connect")
        self.bounds.assert_left_nothing()

    # faults: 61
    def test_who_is_slow_to_ask_is_cut_off_after_two_seconds_however_busy(self):
        with connect(self.director, RIP, PORT, 5) as connection:
            begin, cut = time.monotonic(), None
            while not cut and time.monotonic() < begin + 5:
                try:
                    connection.send(b"G")
                    connection.settimeout(0.1)
                    cut = connection.recv(1) == b""
                except TimeoutError:
                    pass
                except ConnectionError:
                    cut = True
            self.assertTrue(1.8 < time.monotonic() - begin < 2.6, time.monotonic() - begin)

    # faults: 65
    def test_who_never_takes_the_answer_is_cut_off(self):
        many = "".join(f'"198.51.{100 + i // 256}.{i % 256}", ' for i in range(2000))
        self.daemon.write_role("many", f'forwarding = "dr"\nvips = [{many}]\nservices = ["81/tcp"]\nbind = "route"\n')
        self.daemon.reload()
        with self.director:
            connection = self.using(socket.socket())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((RIP, PORT))
        connection.send(b"GET /status HTTP/1.1\r\nHost: rs\r\n\r\n")
        count = lambda: self.server.run("ss", "-Htn", "state", "established", f"sport = :{PORT}").count("\n")  # noqa: E731
        self.assertEqual(1, count())
        begin = time.monotonic()
        await_(lambda: count() == 0, seconds=8)
        self.assertGreater(time.monotonic() - begin, 4)


class Places(Case):
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
        await_(lambda: answers(self.director), interval=0.1)

    # faults: 66
    def test_an_address_that_comes_later_is_listened_at_then_and_no_other_before(self):
        self.daemon.write_node(NODE + f'[health]\nlisten = ["192.0.2.77:{PORT}"]\n')
        self.daemon.start()
        self.assertEqual("", self.server.run("ss", "-Hltn"))
        self.assertIn("Cannot assign requested address", self.daemon.log())
        self.server.ip("addr add 192.0.2.77/24 dev eth0")
        await_(lambda: answers(self.director, address="192.0.2.77"), interval=0.1)
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

    # faults: 64
    def test_without_descriptors_accepting_rests_and_repairs_go_on(self):
        self.daemon.start()
        process = self.daemon.process
        bounds = Bounds(self, self.server, self.daemon)
        for pid in processes(process):
            # Above the highest number, not the count: that is what the limit is about.
            limit = max(map(int, os.listdir(f"/proc/{pid}/fd"))) + 5
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, limit))
        held = [self.using(connect(self.director, RIP, PORT)) for _ in range(100)]
        before = processor_time(process)
        bounds.assert_held("no descriptors left")
        time.sleep(1)  # in which a spin would show
        self.assertLess(processor_time(process) - before, 0.4)
        for each in held:
            each.close()
        await_(lambda: answers(self.director), seconds=5)
        bounds.assert_left_nothing()
        self.assertIsNone(process.poll())


class Restart(Case):
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
        self.daemon.start()
        with connect(self.director, RIP, PORT):
            self.ask()
            self.daemon.send(signal.SIGUSR2)
            self.daemon.wait(1.5)

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


@unittest.skipUnless(shutil.which("haproxy"), "haproxy is not installed")
class Haproxy(Case):
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
