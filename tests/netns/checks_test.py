"""Local checks, from a server that stops to what a director is told."""
import contextlib
import http.client
import http.server
import os
import select
import signal
import threading

import support
from daemon import Daemon, dr
from namespace import VIP, Segment
from support import await_

PORT = 8080
HEALTH = 9180
HANG = 0  # in place of a status
ATTEMPTS = 3  # a pause of a busy machine, longer than a check may take, does not come three times in a row
NODE = f'[stop]\ndrain = false\n[health]\nlisten = ["127.0.0.1:{HEALTH}"]\n'
CHECK = f"""
[[check]]
type = "http"
target = "http://127.0.0.1:{PORT}/"
expect = "welcome"
interval = "500ms"
timeout = "500ms"
"""


class Site(http.server.ThreadingHTTPServer):
    """A web server in a namespace; `body` is what it serves, `script` what first comes of its requests, one by one: a
    status, or HANG. Before each of those, what a director is told is noted."""
    daemon_threads = True

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status = 200
            if self.server.script:
                self.server.noted.append(told(reach()))
                status = self.server.script.pop(0)
            if status == HANG:
                with contextlib.suppress(ConnectionError):
                    self.connection.recv(1)  # until whoever asked has had enough
                return
            self.send_response(status)
            self.end_headers()
            self.wfile.write(self.server.body)

        def log_message(self, *_):
            pass

    def __init__(self, namespace):
        self.body, self.script, self.noted = b"welcome", [], []
        with namespace:  # which the threads inherit
            super().__init__(("127.0.0.1", PORT), self.Page)
            threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


def reach():
    """A connection to the daemon, from within its namespace."""
    connection = http.client.HTTPConnection("127.0.0.1", HEALTH, timeout=5)
    connection.connect()
    return connection


def told(connection):
    """The status a director gets, and what it reads."""
    with contextlib.closing(connection):
        connection.request("GET", "/health/web")
        answer = connection.getresponse()
        return answer.status, answer.read().decode().strip()


class Checks(support.Test):
    def setUp(self):
        self.server = self.using(Segment()).server
        self.site = Site(self.server)
        self.addCleanup(lambda: self.site.close())
        self.daemon = self.using(Daemon(self.server, {"web": dr(VIP, extra=CHECK)}, node=NODE))

    def state(self):
        return self.daemon.role("web")["state"]

    def told(self):
        with self.server:
            connection = reach()
        return told(connection)

    def helper(self):
        """The process that runs the checks; None if there is none."""
        return self.daemon.child("realserverd-che")

    def test_the_very_first_answer_after_a_start_knows_the_checks(self):
        self.daemon.start()
        self.assertEqual((200, "serving"), self.told())

    # faults: 69
    def test_a_server_that_stops_makes_the_role_unhealthy_and_back(self):
        self.daemon.start()
        self.site.close()
        await_(lambda: self.state() == "unhealthy", 10, what="unhealthy")
        self.assertEqual(503, self.told()[0])
        problem, = self.daemon.role("web")["problems"]
        self.assertRegex(problem, "connection refused|reset by peer|not connected")  # what was under way is reset
        self.assertTrue(all(vip["bound"] for vip in self.daemon.role("web")["vips"]))
        self.site = Site(self.server)
        await_(lambda: self.state() == "serving", 10, what="serving")
        self.assertEqual(200, self.told()[0])

    # faults: 69
    def test_one_that_is_broken_or_hangs_is_down_after_fall_and_up_after_rise_and_does_not_flap(self):
        self.daemon.write_role("web", dr(VIP, extra=CHECK.replace("500ms", "400ms") + "rise = 2\nfall = 3\n"))
        self.daemon.start()
        for script, wanted in (((500, 500, 200, 500, 500, 500, 200, 500, 200, 200, 200), [200] * 6 + [503] * 4 + [200]),
                               ((HANG, HANG, HANG, 200, 200, 200), [200] * 3 + [503] * 2 + [200])):
            with self.subTest(script):
                for _ in range(ATTEMPTS):
                    await_(lambda: self.told()[0] == 200, 10, 0.02, "serving")
                    found = self.follow(script)
                    if found[0] == wanted:
                        break
                self.assertEqual((wanted, ["web: state: unhealthy", "web: state: serving"]), found)

    def follow(self, script):
        """What was told before each request, and the changes of state that are in the log."""
        lines = len(self.daemon.log().splitlines())
        self.site.noted, self.site.script = [], list(script)
        await_(lambda: not self.site.script, 15, 0.02, "all requests have come")
        said = [line.split(" info: ")[1] for line in self.daemon.log().splitlines()[lines:] if "state:" in line]
        return [status for status, _ in self.site.noted], said

    # faults: 70
    def test_what_all_servers_share_fails_and_directors_go_on_being_told_yes(self):
        self.daemon.write_role("web", dr(VIP, extra=CHECK + 'on_failure = "report"\n'))
        self.daemon.start()
        await_(lambda: not self.daemon.role("web")["problems"], 10, what="the check is good")
        self.site.close()
        problem, = await_(lambda: self.daemon.role("web")["problems"], 10, what="a problem")
        self.assertRegex(problem, f"check http http://127.0.0.1:{PORT}/ fails: .*only reported")
        self.assertEqual((200, "serving"), self.told())
        self.assertEqual(0, self.daemon.control("status").returncode)
        self.assertFalse(self.daemon.role("web")["checks"][0]["ok"])
        self.daemon.write_role("web", dr(VIP, extra=CHECK))
        self.daemon.reload()
        await_(lambda: self.told()[0] == 503, 10, what="503, as the same check decides now")

    def test_a_text_that_is_missing_makes_it_unhealthy_too(self):
        self.daemon.start()
        self.site.body = b"under construction"
        await_(lambda: self.told()[0] == 503, 10, what="503")
        check, = self.daemon.role("web")["checks"]
        self.assertEqual(("http", False), (check["type"], check["ok"]))

    def test_a_check_that_appears_and_goes_on_reload_counts_at_once(self):
        self.daemon.write_role("web", dr(VIP))
        self.daemon.start()
        self.assertIsNone(self.helper())
        self.daemon.write_role("web", dr(VIP, extra='[[check]]\ntype = "exec"\ntarget = "/bin/false"'))
        self.daemon.reload()
        await_(lambda: self.told()[0] == 503, 10, what="503")
        self.assertIsNotNone(self.helper())
        self.daemon.write_role("web", dr(VIP))
        self.daemon.reload()
        await_(lambda: self.told()[0] == 200, 10, what="200")
        self.assertIsNone(self.helper())

    def test_the_process_that_runs_checks_may_be_killed_and_nobody_is_told_no(self):
        self.daemon.start()
        before = self.helper()
        os.kill(before, signal.SIGKILL)
        await_(lambda: self.helper() not in (None, before), seconds=15, what="another process")
        self.assertEqual((200, "serving"), self.told())
        self.site.close()
        await_(lambda: self.told()[0] == 503, 10, what="503")

    def test_a_daemon_that_cannot_run_checks_says_so_and_answers_no(self):
        self.daemon.start(REALSERVERD_CHECKS="/nowhere/realserverd-checks")
        self.assertEqual(503, self.told()[0])
        problem, = self.daemon.status()["problems"]
        self.assertIn("/nowhere/realserverd-checks: No such file or directory", problem)

    def test_a_release_is_a_stop_after_which_no_check_is_presumed_good(self):
        self.daemon.start()
        self.assertEqual((200, "serving"), self.told())
        self.daemon.kill()
        self.assertEqual(0, self.daemon.release().returncode)
        self.site.close()
        self.daemon.start()
        self.assertEqual(503, self.told()[0])

    def test_no_process_is_left_by_a_stop_a_restart_or_a_crash(self):
        for end in (self.daemon.stop, self.daemon.leave, self.daemon.kill):
            with self.subTest(end.__name__):
                self.daemon.start()
                descriptor = os.pidfd_open(await_(self.helper, what="the process has begun"))
                self.addCleanup(os.close, descriptor)
                end()
                # Not until it has been waited for: whoever inherits it may take his time.
                self.assertTrue(select.select([descriptor], [], [], 5)[0], "it has not ended")


if __name__ == "__main__":
    support.main()
