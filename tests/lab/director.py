"""A director: keepalived or ldirectord, driving the IPVS of its namespace."""
import os
import pathlib
import subprocess
import tempfile

from cluster import SERVERS, VIP
from support import await_

VIRTUAL_SERVER = """
virtual_server {vip} 80 {{
    delay_loop {interval}
    lvs_sched rr
    lvs_method DR
    protocol TCP
{servers}
}}
"""
TCP_CHECK = """
    real_server {server} 80 {{
        weight 1
        {inhibit}
        TCP_CHECK {{
            connect_timeout 1
        }}
    }}
"""
HTTP_CHECK = """
    real_server {server} 80 {{
        weight 1
        inhibit_on_failure
        HTTP_GET {{
            connect_port 9180
            url {{
                path /health/web
                status_code 200
            }}
            connect_timeout 1
            retry 1
            delay_before_retry 1
        }}
    }}
"""


def http_check(interval):
    """Asks the agent."""
    servers = "".join(HTTP_CHECK.format(server=server) for server in SERVERS)
    return VIRTUAL_SERVER.format(vip=VIP, interval=interval, servers=servers)


def tcp_check(interval, inhibit=False):
    """As most clusters have it: connects to the real server's own address, and knows nothing of the VIP."""
    word = "inhibit_on_failure" if inhibit else ""
    servers = "".join(TCP_CHECK.format(server=server, inhibit=word) for server in SERVERS)
    return VIRTUAL_SERVER.format(vip=VIP, interval=interval, servers=servers)


class Director:
    """What every kind has: a process, a log, and the table of IPVS, which is the kernel's own word."""

    def __init__(self, namespace, name="director"):
        self.namespace = namespace
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-"))
        self.process = None

    def spawn(self, *command, **environment):
        with open(self.directory / "log", "ab") as log:
            self.process = self.namespace.popen(
                *command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **environment})

    def close(self):
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
    number = word.split(":")[0]
    return ".".join(str(int(number[i:i + 2], 16)) for i in range(0, 8, 2))


class Keepalived(Director):
    def __init__(self, namespace, configuration):
        super().__init__(namespace, "keepalived")
        (self.directory / "keepalived.conf").write_text(
            "global_defs {\n    checker_log_all_failures true\n    script_user root\n    enable_script_security\n}\n"
            + configuration)
        self.spawn(
            "keepalived", "--dont-fork", "--log-console", "--log-detail", "--check",
            "--use-file", str(self.directory / "keepalived.conf"),
            "--pid", str(self.directory / "pid"), "--checkers_pid", str(self.directory / "checkers.pid"))
        self.await_all()
