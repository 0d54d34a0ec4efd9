"""Who asks a real server how it is: directors, and crowds of others."""
import os
import subprocess
import time

import support
from daemon import NODE, Daemon, dr
from namespace import NEIGHBOUR, NEIGHBOUR6, RIP, VIP, VIP6, Segment
from probes import connect

PORT, AGENT_PORT = 9180, 9181
STRANGER = "192.0.2.99"
DIRECTORS = f'directors = ["{NEIGHBOUR}", "{NEIGHBOUR6}"]'
AGENT = f'[agent_check]\nlisten = ["0.0.0.0:{AGENT_PORT}"]\n'


def ask(namespace, path="/health", address=RIP, port=PORT, source=None, method="GET"):
    """(status, body) of an answer; raises OSError where there is none."""
    text = raw(namespace, f"{method} {path} HTTP/1.1\r\nHost: rs\r\n\r\n".encode(), address, port, source)
    if not text:
        raise ConnectionError("closed without an answer")
    head, _, body = text.decode().partition("\r\n\r\n")
    return int(head.split()[1]), body


def raw(namespace, request, address=RIP, port=PORT, source=None):
    """All bytes that come back, until the other side closes."""
    with connect(namespace, address, port, 5, source) as connection:
        try:
            connection.sendall(request)
        except ConnectionError:
            pass  # cut off in the middle; what it said first counts
        return take(connection)


def take(connection):
    data = b""
    try:
        while block := connection.recv(1 << 16):
            data += block
    except ConnectionResetError:
        pass
    return data


def answers(namespace, **where):
    """Whether anybody answers."""
    try:
        return ask(namespace, **where)[0] > 0
    except OSError:
        return False


class Crowd:
    """healthflood in a namespace."""

    def __init__(self, namespace, mode, count, sources, port=PORT):
        self._process = namespace.popen(
            os.environ["HEALTHFLOOD"], mode, RIP, str(port), str(count), *sources,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )
        os.setpriority(os.PRIO_PROCESS, self._process.pid, 10)  # stands for other hosts
        if self._process.stdout.readline() != "ready\n":
            raise RuntimeError("healthflood did not start")

    def count(self):
        """Since the last call: connected, answered, closed (without an answer), given_up."""
        self._process.stdin.write("count\n")
        words = self._process.stdout.readline().split()
        return {key: int(value) for key, value in (word.split("=") for word in words)}

    def close(self):
        """Idempotent."""
        if not self._process.stdin.closed:
            self._process.stdin.close()
            self._process.wait()
            self._process.stdout.close()


def check_for(seconds, check, every=0.02):
    """Calls `check` at a steady pace; how long each took, in seconds."""
    times, due, end = [], time.monotonic(), time.monotonic() + seconds
    while due < end:
        time.sleep(max(due - time.monotonic(), 0))  # the pace
        begin = time.monotonic()
        check()
        times.append(time.monotonic() - begin)
        due = max(due + every, time.monotonic())
    return times


class Asked(support.Test):
    """A daemon that a director and a stranger can ask."""

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
