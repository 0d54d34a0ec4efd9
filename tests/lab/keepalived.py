"""keepalived, with the configuration that the real servers print or with that of most clusters."""
import os
import re

from cluster import SERVERS, VIP
from director import Director

TCP_CHECK = """
    real_server {server} 80 {{
        weight 1
        {inhibit}
        TCP_CHECK {{
            connect_timeout 1
        }}
    }}
"""
REAL_SERVER = re.compile(r"^    real_server .*?^    }\n", re.MULTILINE | re.DOTALL)
GLOBAL = "global_defs {\n    checker_log_all_failures true\n}\n"


class Keepalived(Director):
    def __init__(self, namespace, configuration):
        super().__init__(namespace, "keepalived")
        file = self.directory / "keepalived.conf"
        file.write_text(GLOBAL + configuration)
        self.spawn("keepalived", "--dont-fork", "--log-console", "--log-detail", "--check", "--use-file", str(file),
                   "--pid", str(self.directory / "pid"), "--checkers_pid", str(self.directory / "checkers.pid"))


def tcp_check(interval, inhibit=False):
    """Connects to the real server's own address, and knows nothing of the VIP."""
    word = "inhibit_on_failure" if inhibit else ""
    servers = "".join(TCP_CHECK.format(server=server, inhibit=word) for server in SERVERS)
    return (f"virtual_server {VIP} 80 {{\n    delay_loop {interval}\n    lvs_sched rr\n    lvs_method DR\n"
            f"    protocol TCP\n{servers}}}\n")


def agents_check(servers, *options):
    """What the first real server says, and of each further one the part that its text says to take."""
    first, *further = (server.director_config("keepalived", *options) for server in servers)
    end = first.rindex("}\n")
    text = first[:end] + "".join(REAL_SERVER.search(text)[0] for text in further) + first[end:]
    return text.replace("/usr/bin/realserver-check", os.environ["REALSERVER_CHECK"])
