#!/usr/bin/python3
"""realserver-check against servers that answer well, badly, slowly or not at all.

Usage: check_test.py REALSERVER_CHECK
"""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "netns"))

from namespace import Namespace  # noqa: E402
from server import Server, reply, sends, states  # noqa: E402

CHECK = os.path.abspath(sys.argv.pop(1))
GENEROUS = 5  # seconds that a busy machine may add to any bound


def check(*arguments, program=None, **options):
    return subprocess.run([program or CHECK, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          timeout=30, **options)


class Case(unittest.TestCase):
    def expect(self, status, *arguments, says=None, **options):
        done = check(*arguments, **options)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 0 if status == 0 else 1, done.stderr)
        self.assertIn(says or "", done.stderr)
        return done


class Verdicts(Case):
    def test_each_state_has_the_exit_status_that_misc_dynamic_wants(self):
        with Server(states) as server:
            for state, status in {"serving": 0, "draining": 2, "drained": 2, "unhealthy": 1, "degraded": 1,
                                  "stopped": 1}.items():
                self.expect(status, "--port", server.port, "--role", state, "127.0.0.1",
                            says="" if status == 0 else f"127.0.0.1: {state}\n")

    def test_the_question_is_a_plain_request_for_the_role(self):
        with Server(states) as server:
            self.expect(0, "-p", server.port, "-r", "serving", "127.0.0.1")
            self.assertTrue(server.requests[0].startswith("GET /health/serving HTTP/1.0\r\n"))

    def test_without_a_role_it_asks_for_all_of_them(self):
        bodies = {"web: serving\nmail: serving\n": 0, "web: serving\nmail: drained\n": 2,
                  "web: draining\nmail: unhealthy\n": 1, "": 1}
        for body, status in bodies.items():
            with Server(sends(reply("503 No" if status else "200 OK", body))) as server:
                self.expect(status, "--port", server.port, "127.0.0.1")
                self.assertTrue(server.requests[0].startswith("GET /health HTTP/1.0\r\n"))

    def test_ldirectords_four_arguments_know_up_and_down_only(self):
        with Server(states) as server:
            for state, status in {"serving": 0, "draining": 1, "drained": 1, "unhealthy": 1}.items():
                for virtual in (("192.0.2.8", 80), ("7", "0"), ("[2001:db8::8]", 80)):
                    self.expect(status, "-p", server.port, "-r", state, *virtual, "127.0.0.1", 80)

    def test_the_name_it_is_called_by_says_role_and_port(self):
        with Server(states) as server, tempfile.TemporaryDirectory() as folder:
            for state, status in {"serving": 0, "draining": 1}.items():
                name = f"{folder}/realserver-check@{state}:{server.port}"
                os.symlink(CHECK, name)
                self.expect(status, "192.0.2.8", 80, "127.0.0.1", 80, program=name)
            for name in ("@Web", "@web:", "@web:0", "@" + "w" * 33, "@:x"):
                os.symlink(CHECK, f"{folder}/realserver-check{name}")
                self.expect(1, "192.0.2.8", 80, "127.0.0.1", 80, program=f"{folder}/realserver-check{name}")

    def test_ipv6_is_asked_with_and_without_brackets_and_with_a_zone(self):
        try:
            namespace = Namespace()
        except OSError:
            self.skipTest("only root can make network namespaces")
        with contextlib.closing(namespace), namespace:
            namespace.run("ip", "address", "add", "fe80::9/64", "dev", "lo", "nodad")
            with Server(states, "::") as server:
                for address in ("::1", "[::1]", "fe80::9%lo", "[fe80::9%1]"):
                    self.expect(2, "--port", server.port, "--role", "draining", address)


class Failures(Case):
    def test_what_is_no_answer_is_down(self):
        garbage = (b"", b"\0" * 3000, b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n",
                   reply("200 OK", "<html></html>\n"), reply("500 Broken", "serving\n"),
                   b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nserving\n")
        for data in garbage:
            with Server(sends(data)) as server:
                self.expect(1, "--port", server.port, "--role", "web", "127.0.0.1")

    def test_an_answer_without_end_is_cut_off(self):
        def flood(server, connection, _):
            while not server.over.is_set():
                connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10000)

        with Server(flood) as server:
            self.expect(1, "--port", server.port, "127.0.0.1", says="answers too much")

    def test_a_refusal_and_a_role_that_is_not_there_are_named(self):
        with Server(states) as server:
            self.expect(1, "-p", server.port, "-r", "nobody", "127.0.0.1", says="no such role")
        with Server(sends(reply("403 Forbidden", "not you\n"))) as server:
            self.expect(1, "-p", server.port, "127.0.0.1", says="health.allow")
        with socket.socket() as unheard:
            unheard.bind(("127.0.0.1", 0))
            self.expect(1, "-p", unheard.getsockname()[1], "127.0.0.1", says="refused")

    def test_a_reset_is_down(self):
        def reset(_, connection, __):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

        with Server(reset) as server:
            self.expect(1, "-p", server.port, "127.0.0.1", says="reset")

    def test_nothing_but_the_three_statuses_leaves_it(self):
        wrong = ((), ("--role",), ("--role", "Web", "127.0.0.1"), ("--role", "", "127.0.0.1"), ("-x", "127.0.0.1"),
                 ("--role", "w" * 33, "127.0.0.1"), ("--port", "0", "127.0.0.1"), ("--port", "65536", "127.0.0.1"),
                 ("--port", "80x", "127.0.0.1"), ("--timeout", "3", "127.0.0.1"), ("--timeout", "0s", "127.0.0.1"),
                 ("--timeout", "61s", "127.0.0.1"), ("--timeout", "99999999999s", "127.0.0.1"),
                 ("127.0.0.1", "127.0.0.2"), ("a", "b", "c"), ("a", "b", "c", "d", "e"), ("localhost",),
                 ("",), ("127.0.0.1:80",), ("256.0.0.1",), ("[127.0.0.1]",), ("[]",), ("::1%nodevice",),
                 ("1" * 5000,))
        for arguments in wrong:
            self.assertEqual(check(*arguments).returncode, 1, arguments)

    def test_quiet_is_quiet(self):
        with Server(states) as server:
            done = check("-q", "-p", server.port, "-r", "drained", "127.0.0.1")
            self.assertEqual((done.returncode, done.stdout, done.stderr), (2, "", ""))

    def test_help_and_version_are_answered(self):
        self.assertIn("misc_dynamic", check("--help").stdout)
        self.assertRegex(check("--version").stdout, r"^realserver-check \d")


class Time(Case):
    def expect_in_time(self, answer, seconds):
        with Server(answer) as server:
            begin = time.monotonic()
            self.expect(1, "-p", server.port, "-t", f"{int(seconds * 1000)}ms", "127.0.0.1", says="in time")
            took = time.monotonic() - begin
        self.assertGreaterEqual(took, seconds - 0.01)
        self.assertLess(took, seconds + GENEROUS)

    def test_a_server_that_never_answers_is_given_up(self):
        self.expect_in_time(lambda server, *_: server.over.wait(), 0.3)

    def test_a_byte_now_and_then_does_not_prolong_it(self):
        def trickle(server, connection, _):
            for byte in reply("200 OK", "web: serving\n"):
                connection.sendall(bytes([byte]))
                if server.over.wait(0.1):
                    return

        self.expect_in_time(trickle, 1)

    def test_an_answer_that_is_whole_need_not_be_followed_by_an_end(self):
        def stay(server, connection, _):
            connection.sendall(reply("200 OK", "web: serving\n"))
            server.over.wait()

        with Server(stay) as server:
            begin = time.monotonic()
            self.expect(0, "-p", server.port, "-t", "20s", "127.0.0.1")
            self.assertLess(time.monotonic() - begin, 20)

    def test_a_full_backlog_is_given_up_too(self):
        with socket.socket() as listener, contextlib.ExitStack() as stack:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            for _ in range(4):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(listener.getsockname())
            self.expect(1, "-p", listener.getsockname()[1], "-t", "200ms", "127.0.0.1", says="in time")

    def test_it_never_dies_of_a_signal(self):
        """ldirectord takes a death by signal for exit status 0: the real server would be up."""
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM, signal.SIGSEGV, signal.SIGINT):
            asked = threading.Event()

            def hang(server, *_, asked=asked):
                asked.set()
                server.over.wait()

            with Server(hang) as server:
                child = subprocess.Popen([CHECK, "-p", str(server.port), "-t", "20s", "127.0.0.1"])
                self.assertTrue(asked.wait(20))
                child.send_signal(number)
                self.assertEqual(child.wait(20), 1, number)

    def test_a_closed_standard_error_changes_nothing(self):
        with Server(states) as server:
            reading, writing = os.pipe()
            os.close(reading)
            with os.fdopen(writing, "wb") as broken:
                done = subprocess.run([CHECK, "-p", str(server.port), "-r", "drained", "127.0.0.1"], stderr=broken,
                                      check=False, timeout=30, restore_signals=True)
            self.assertEqual(done.returncode, 2)

    def test_it_leaves_no_process_behind(self):
        """It starts none: clone and fork are forbidden by a limit, and it works."""
        with Server(states) as server:
            done = subprocess.run(["/bin/sh", "-c", f"ulimit -u 0 2>/dev/null; exec \"$0\" -p {server.port} -r serving"
                                   " 127.0.0.1", CHECK], check=False, timeout=30)
            self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
