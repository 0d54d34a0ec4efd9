"""What happens to tunnels: undone by others, killed, and reloaded under load."""
import collections
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
LIMIT = 2.5  # seconds: what takes 0.1 here, and far from the daemon's audit every ten
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


Whole = collections.namedtuple("Whole", "addresses rp_filter rules replies up mtu kind")


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

    def whole(self):
        """What the daemon wants of its device, whatever its name, and the way of replies; None unless there is just one."""
        batch = f"addr\nrule show from {VIP}\nroute show table all\n"
        links, rules, routes = map(json.loads, self.server.run("ip", "-j", "-d", "-batch", "-", text=batch).splitlines())
        ours = [link for link in links if link.get("ifalias") == "realserverd"]
        if len(ours) != 1:
            return None
        try:
            rp_filter = self.server.sysctl(ours[0]["ifname"], "rp_filter")
        except FileNotFoundError:  # gone meanwhile
            return None
        addresses = [address["local"] for address in ours[0]["addr_info"] if address["family"] == "inet"]
        tables = [rule["table"] for rule in rules]
        replies = [route for route in routes if route.get("table") in tables]
        return Whole(addresses, rp_filter, rules, replies, "UP" in ours[0]["flags"], ours[0]["mtu"], ours[0]["linkinfo"])

    @contextlib.contextmanager
    def repaired(self, daemon, name):
        """What is done to it inside must be undone at once, and the VIP be served again."""
        before = self.whole()
        yield
        began = time.monotonic()
        await_(lambda: self.whole() == before, LIMIT, 0.01, f"{name}: it is whole again, {before}")
        self.figures[f"{name}_ms"] = round(1000 * (time.monotonic() - began))
        await_(lambda: daemon.role("web")["in_sync"] and self.answers(), 5, 0.05, f"{name}: it works again")


# faults: 30, 31, 33, 35
def mend(on, daemon):
    """Everything that somebody may do to the device."""
    ip = on.server.ip
    begin = on.whole()
    on.expect((begin.addresses, begin.rp_filter, begin.up, len(begin.rules)) == ([VIP], 2, True, 1), f"no tunnel: {begin}")
    on.expect("advmss" in str(begin.replies), f"no smaller MSS: {begin}")
    name = on.device()
    with on.repaired(daemon, "renamed"):
        daemon.send(signal.SIGSTOP)  # it would set the device up before it has its new name
        for line in (f"{name} down", f"{name} name mytunnel", "mytunnel up"):
            ip(f"link set {line}")
        daemon.send(signal.SIGCONT)
    with on.repaired(daemon, "deleted"):  # the new one has the old name
        ip("link del mytunnel")
    for what, line in (
        ("down", f"link set {name} down"), ("vip", f"addr del {VIP}/32 dev {name}"), ("rule", f"rule del from {VIP}"),
        ("route", f"route del {begin.replies[0]['dst']} table {begin.rules[0]['table']}"),
    ):
        with on.repaired(daemon, what):
            ip(line)
    ip("link set tunl0 up")
    await_(lambda: any("tunl0" in text for text in daemon.role("web")["problems"]), 5, 0.05, "tunl0 is reported")
    ip("link set tunl0 down")


# faults: 23, 30
def keep_filter_loose(on, daemon):
    """systemd-sysctl, which udev runs on every new device, sets rp_filter as the distribution likes it: as soon as it
    sees the device, or some time later, or when somebody runs it again."""
    name = on.device()
    on.server.sysctl("all", "rp_filter", 1)
    for delay in (5, 50, 200):  # ms
        with on.repaired(daemon, f"rp_filter_{delay}_ms_after"):
            with on.server:
                index = socket.if_nametoindex(name)
            with netlink.Monitor(on.server, ["link"]) as links:
                on.server.ip(f"link del {name}")
                await_(lambda: links.wait(1) and any(
                    each.kind == "new link" and each.subject == name and each.index != index for each in links.drain()))
            time.sleep(delay / 1000)  # before, while, or after the daemon sets it
            on.server.sysctl(name, "rp_filter", 1)
    for value in (1, 0):
        line = f"{name}/rp_filter=2 was {value}; set again"
        told = daemon.log().count(line)
        with on.repaired(daemon, f"rp_filter_{value}"):
            on.server.sysctl(name, "rp_filter", value)
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
        keep_filter_loose(on, daemon)  # it has forgotten how much it had to mend, and is as patient as ever
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
