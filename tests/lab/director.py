"""What every kind of director has: a process, a log, and the table of IPVS, which is the kernel's own word."""
import pathlib
import subprocess
import tempfile

from cluster import SERVERS
from support import await_


class Director:
    def __init__(self, namespace, name):
        self.namespace = namespace
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-"))
        self.process = None

    def spawn(self, *command):
        with open(self.directory / "log", "ab") as log:
            self.process = self.namespace.popen(*command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            print(f"log of the director:\n{self.log()[-8000:]}", flush=True)
        self.process.terminate()
        self.process.wait()

    def log(self):
        return (self.directory / "log").read_text()

    def weights(self):
        """Real server -> weight, without those that are not in the table."""
        with self.namespace:
            with open("/proc/thread-self/net/ip_vs") as table:
                lines = [line.split() for line in table if line.startswith("  -> ") and "RemoteAddress" not in line]
        return {_address(words[1]): int(words[3]) for words in lines}

    def takes(self, server):
        """Whether new connections go to a real server."""
        return self.weights().get(server, 0) > 0

    def await_all(self, seconds=15):
        await_(lambda: all(self.takes(server) for server in SERVERS), seconds, 0.05, "the director uses both")


def _address(word):
    """0A00000A:0050 -> 10.0.0.10"""
    return ".".join(str(int(word[i:i + 2], 16)) for i in range(0, 8, 2))
