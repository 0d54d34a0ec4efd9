"""What happens to tunnels: undone by others, killed, and reloaded under load."""
import contextlib
import json
import signal
import socket
import sys
import time

import netlink
from cluster import VIP
from daemon import Daemon, dr
from namespace import difference
from scenarios.tunnels import DIRECTOR, Tunnels
from support import await_

ROLE = """
forwarding = "tun"
vips = ["{vip}"]
services = ["80/tcp"]
directors = [{directors}]
[tunnel]
{extra}
"""
# Connects for ever, and says at SIGTERM how often it went well and what went wrong.
CLIENT = f"""
import json, signal, socket
good, bad = 0, []
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
while not signal.sigtimedwait([signal.SIGTERM], 0.02):
    try:
        socket.create_connection(("{VIP}", 80), timeout=3).close()
        good += 1
    except OSError as error:
        bad.append(repr(error))
print(json.dumps([good, bad]))
"""


def role(*directors, extra=""):
    quoted = ", ".join(f'"{director}"' for director in directors)
    return ROLE.format(vip=VIP, directors=quoted, extra=extra)


class Faults(Tunnels):
    def __init__(self):
        super().__init__()
        self.failures, self.figures = [], {}

    def expect(self, good, text):
        if not good:
            self.failures.append(text)

    def device(self):
        links = json.loads(self.server.run("ip", "-j", "link"))
        return next(link["ifname"] for link in links if link.get("ifalias") == "realserverd")

    def answers(self):
        with contextlib.suppress(OSError):
            return bool(self.connect(VIP))
        return False

    def repaired(self, daemon, name):
        await_(lambda: daemon.role("web")["in_sync"] and self.answers(), 5, 0.05, f"{name}: it works again")


# faults: 31, 33, 35
def mend(on, daemon):
    """Everything that somebody may do to the device."""
    ip = on.server.ip
    ip(f"link del {on.device()}")
    on.repaired(daemon, "deleted")
    ip(f"link set {on.device()} down")
    on.repaired(daemon, "down")
    keep_filter_loose(on, daemon)
    name = on.device()
    daemon.send(signal.SIGSTOP)  # it would set the device up before it has its new name
    for line in (f"{name} down", f"{name} name mytunnel", "mytunnel up"):
        ip(f"link set {line}")
    daemon.send(signal.SIGCONT)
    on.repaired(daemon, "renamed")
    ip(f"link set {on.device()} mtu 1280")
    on.repaired(daemon, "MTU")
    ip(f"rule del from {VIP}")
    on.repaired(daemon, "rule")
    ip("link set tunl0 up")
    await_(lambda: any("tunl0" in text for text in daemon.role("web")["problems"]), 5, 0.05, "tunl0 is reported")
    ip("link set tunl0 down")


# faults: 23, 30
def keep_filter_loose(on, daemon):
    """systemd-sysctl, which udev runs on every new device, sets rp_filter as the distribution likes it: as soon as it
    sees the device, or some 40 ms later, or when somebody runs it again."""
    name = on.device()
    with on.server:
        index = socket.if_nametoindex(name)
    filter_is_loose = lambda: on.server.sysctl(name, "rp_filter") == 2
    on.server.sysctl("all", "rp_filter", 1)
    with netlink.Monitor(on.server, ["link"]) as links:
        on.server.ip(f"link del {name}")
        await_(lambda: links.wait(1) and any(
            each.kind == "new link" and each.subject == name and each.index != index for each in links.drain()))
        on.server.sysctl(name, "rp_filter", 1)
    on.repaired(daemon, "set before the daemon did")
    for value in (1, 0):
        await_(filter_is_loose, 5, 0.01, "rp_filter is 2")
        line = f"{name}/rp_filter=2 was {value}; set again"
        told = daemon.log().count(line)
        began = time.monotonic()
        on.server.sysctl(name, "rp_filter", value)
        await_(filter_is_loose, 12, 0.005, f"rp_filter is 2 again, not {value}")
        on.figures.setdefault("rp_filter_again_ms", []).append(round(1000 * (time.monotonic() - began)))
        on.repaired(daemon, f"set to {value}")
        told = daemon.log().count(line) - told
        on.expect(told == 1, f"rp_filter was set to {value} once, and that was logged {told} times")
    on.server.sysctl("all", "rp_filter", 0)


def reload_under_load(on, daemon):
    """Directors come and go, and the role moves to direct routing and back: no request is lost."""
    client = on.client.popen(sys.executable, "-c", CLIENT, stdout=-1)
    direct = dr(VIP, extra=f'directors = ["{DIRECTOR}"]')
    edit = ("ipvsadm", "-e", "-t", f"{VIP}:80", "-r", "192.0.2.9:80")
    for text, forward in (
        (role(DIRECTOR, "192.0.2.66"), "-i"), (role(DIRECTOR), "-i"), (direct, "-g"), (role(DIRECTOR), "-i"),
    ):
        if forward == "-g":
            on.director.run(*edit, forward)  # a VIP takes in what comes without a tunnel in either role
        daemon.write_role("web", text)
        daemon.reload(20)
        if forward == "-i":
            on.director.run(*edit, forward)
        await_(lambda: daemon.role("web")["state"] == "serving", 5, 0.05, "the role serves")
    client.send_signal(signal.SIGTERM)
    good, bad = json.loads(client.communicate(timeout=20)[0])
    on.expect(good > 4 and not bad, f"under reloads {good} connections were good, not: {bad}")
    return good


def play(on):
    for state in ("up", "down"):  # what was up once has IPv6 settings ever after
        on.server.ip(f"link set tunl0 {state}")
    await_(lambda: "tentative" not in on.server.ip("addr"), 5, 0.1, "the addresses are settled again")
    before = on.server.snapshot()
    on.forward(4, "ipip")
    with Daemon(on.server, {"web": role(DIRECTOR)}) as daemon:
        daemon.start(20)
        mend(on, daemon)
        daemon.kill()
        on.expect(on.answers(), "killed, it does not answer")
        daemon.start(20)
        on.expect(on.answers(), "started again, it does not answer")
        good = reload_under_load(on, daemon)
        daemon.write_role("web", role(DIRECTOR, extra='device = "tunl0"'))
        daemon.reload(20)
        on.expect(on.answers(), "tunl0 does not answer")
        # What the classic recipe does, and the role's own tunnels do not:
        on.expect(on.lets_in(on.client, "192.0.2.101", "ipip", 4, False), "tunl0 takes nothing of a stranger")
        on.expect(any("tunl0" in text for text in daemon.role("web")["problems"]), "tunl0 is not said to be open")
        daemon.stop(20)
    left = difference(before, on.server.snapshot())
    on.expect(not left, f"left behind: {left}")
    return good


def run():
    with Faults() as on:
        good = play(on)
        frames = on.cluster.arp.count()
        on.expect(frames == 0, f"{frames} ARP frames named the VIP")
        return {"connections_under_reloads": good, **on.figures, "failures": on.failures}
