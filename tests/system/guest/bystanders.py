"""Those who must not notice: clients behind a director, a director's polls, and whoever needs the VIP on this host."""
import contextlib
import pathlib
import socket
import threading
import time

import host
from keepalived import Keepalived
from netlink import Monitor
from support import await_
from traffic import Traffic

POLLER = "192.0.2.101"  # not a director: its rhythm must not be taken for one's
PATTERN = bytes(range(251))
# A download of eight seconds, of which something comes ten times a second.
SITE = """server {
    listen 192.0.2.8:80;
    root /var/www/lab;
    add_header X-Real-Server rs1;
    access_log off;
    location /long { limit_rate 50k; sendfile_max_chunk 5k; }
}
"""


def set_up_web_server():
    """nginx, which cannot start before the VIP is there."""
    pathlib.Path("/etc/nginx/sites-enabled/default").unlink()
    pathlib.Path("/etc/nginx/sites-enabled/lab").write_text(SITE)
    folder = pathlib.Path("/var/www/lab")
    folder.mkdir(parents=True)
    for file, size in (("short", 300), ("long", 400_000)):
        (folder / file).write_bytes((PATTERN * (size // len(PATTERN) + 1))[:size])


def director():
    """keepalived with real IPVS, configured by what this real server prints for it. A context."""
    host.run("modprobe", "ip_vs")
    configuration = host.run("realserverctl", "director-config", "--format", "keepalived")
    # The guest is about ten times as slow as a host: a service takes a second to start, two when others are busy, and
    # from the first to the last process that the kernel kills for memory it is more than one.
    for seconds, longer in (("connect_timeout 2", "connect_timeout 6"), ("delay_before_retry 1", "delay_before_retry 3")):
        configuration = configuration.replace(seconds, longer)
    return Keepalived(host.Named("director"), configuration)


class Poller(threading.Thread):
    """Asks for /health ten times a second with a connection each, as a director that waits ten seconds for its answer."""

    def __init__(self, again):
        super().__init__(daemon=True)
        self._again = again
        self._namespace = host.Named("client")
        self._ended = threading.Event()
        self.answers, self.bad = 0, []
        self.start()

    def run(self):
        with self._namespace:
            while not self._ended.wait(0.1):
                began = time.monotonic()
                answer = self._ask() or (self._again and self._ask())
                self.answers += 1
                if not answer.startswith("HTTP/1.1 200"):
                    self.bad.append(f"{answer!r} after {time.monotonic() - began:.2f} s")

    @staticmethod
    def _ask():
        try:
            with socket.create_connection((host.RIP, 9180), 10, (POLLER, 0)) as connection:
                connection.sendall(b"GET /health HTTP/1.0\r\n\r\n")
                return connection.recv(200).decode()
        except ConnectionResetError:  # who is killed with the request unread closes like this
            return ""
        except OSError as error:
            return str(error)

    def stop(self):
        self._ended.set()
        self.join()


class Bystanders:
    """`with Bystanders() as seen:` ... then `seen.assert_untroubled(test)`. `again`: a poll whose connection was
    closed is asked once more, as every director does."""

    def __init__(self, again=False):
        self._again = again

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self._monitor = stack.enter_context(Monitor(host.Named()))
            self._traffic = Traffic(host.Named("client"), rate=20, downloads=3)
            stack.callback(self._traffic.close)
            self._poller = Poller(self._again)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._poller.stop()
        with self._stack:
            self._traffic.stop()
            self.summary = self._traffic.summary()
            self._gone = [event for event in self._monitor.drain()
                          if event.kind in ("del addr", "del route") and str(event.subject).startswith(host.VIP)]

    def watch_on(self):
        """Until everybody has been at it for a while: ten more polls have ended, one way or another."""
        enough = self._poller.answers + 10
        await_(lambda: self._poller.answers >= enough, 60, 0.1, "ten polls")

    def assert_held(self, test):
        """What was under way went on, and the VIP stayed."""
        test.assertEqual(self._gone, [], "the VIP left the host")
        test.assertEqual(self.summary["broken"], 0, self.summary)
        test.assertGreater(self.summary["downloads"], 0)

    def assert_untroubled(self, test):
        print(self.summary, f"{self._poller.answers} polls", flush=True)
        self.assert_held(test)
        test.assertEqual(self.summary["failed"], 0, self.summary)
        test.assertGreater(self.summary["requests"], 0)
        test.assertEqual(self._poller.bad, [], f"of {self._poller.answers} polls")
        test.assertGreater(self._poller.answers, 0)
