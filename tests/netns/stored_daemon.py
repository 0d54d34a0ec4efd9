"""A service manager that keeps descriptors, and a daemon under it."""
import os
import pathlib
import socket
import subprocess
import sys

from daemon import Daemon
from notify import Notify


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
