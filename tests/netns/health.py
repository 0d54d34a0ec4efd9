"""Who asks a real server how it is: directors, crowds of others, and the service manager that keeps its sockets."""
import os
import pathlib
import socket
import subprocess
import sys
import time

from daemon import Daemon, Notify
from namespace import RIP
from probes import connect

PORT, AGENT_PORT = 9180, 9181


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


class Store(Notify):
    """The notify socket with a descriptor store, as systemd has it: by name, kept over restarts."""

    def __init__(self, namespace, path):
        super().__init__(namespace, path)
        self._socket.setblocking(False)  # recv_fds() of Python 3.11 has no ear for flags
        self.kept = {}

    def close(self):
        super().close()
        for descriptor in self.kept.values():
            os.close(descriptor)

    def _take(self):
        while True:
            try:
                data, descriptors, _, _ = socket.recv_fds(self._socket, 1 << 16, 16)
            except BlockingIOError:
                return
            lines = data.decode().splitlines()
            self.lines += lines
            name = next((line.partition("=")[2] for line in lines if line.startswith("FDNAME=")), None)
            if "FDSTOREREMOVE=1" in lines and name in self.kept:
                os.close(self.kept.pop(name))
            for descriptor in descriptors:
                self.kept[name] = descriptor

    def look(self):
        self._take()
        return self.kept


LAUNCHER = """
import fcntl, os, sys
count = int(sys.argv[1])
given = [int(word) for word in sys.argv[2:2 + count]]
high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 200) for descriptor in given]
for descriptor in given:
    os.close(descriptor)
for number, descriptor in enumerate(high):
    os.dup2(descriptor, 3 + number)
    os.close(descriptor)
os.environ["LISTEN_PID"] = str(os.getpid())
os.environ["LISTEN_FDS"] = str(count)
os.execv(sys.argv[2 + count], sys.argv[2 + count:])
"""


class StoredDaemon(Daemon):
    """A daemon whose service manager keeps descriptors."""

    def __init__(self, *words, **options):
        super().__init__(*words, **options)
        self.notify.close()
        pathlib.Path(self.notify.path).unlink()
        self.notify = Store(self.namespace, self.notify.path)

    def spawn(self, **environment):
        self.notify.forget()
        kept = self.notify.look()
        with open(self.log_path, "ab") as log:
            self.process = self.namespace.popen(
                sys.executable, "-c", LAUNCHER, str(len(kept)), *map(str, kept.values()),
                os.environ["REALSERVERD"], "--config", str(self.config), "--session-bus",
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=tuple(kept.values()),
                env={**self.environment(), "LISTEN_FDNAMES": ":".join(kept), **environment},
            )
        return self.process
