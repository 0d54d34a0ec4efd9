"""Kernel modules that come late or not at all: ipip's cannot be loaded, GUE's has to be named by somebody, GRE's brings
devices of its own along."""
import ctypes
import os
import pathlib
import sys
import tempfile
import time

from cluster import VIP
from daemon import Daemon, role
from namespace import difference
from scenarios.tunnels import DIRECTOR, Tunnels
from support import await_

LOADER = pathlib.Path(__file__).resolve().parents[2] / "kernel" / "guest.py"
DELETE_MODULE = 176
MODPROBE = pathlib.Path("/proc/sys/kernel/modprobe")
OTHER = "192.0.2.18"
BROUGHT_ALONG = ("gre0", "gretap0", "erspan0")

libc = ctypes.CDLL(None, use_errno=True)


def text(encapsulation):
    return role("tun", VIP, extra=f'directors = ["{DIRECTOR}"]\n[tunnel]\nencapsulation = "{encapsulation}"\n')


def unload(*names):
    for name in names:
        if libc.syscall(DELETE_MODULE, name.encode(), os.O_NONBLOCK) != 0:
            raise OSError(ctypes.get_errno(), f"unload {name}")


def load(name):
    if os.spawnl(os.P_WAIT, sys.executable, sys.executable, "-B", str(LOADER), "--load", name) != 0:
        raise RuntimeError(f"cannot load {name}")


def serving(daemon):
    return daemon.role("web")["state"] == "serving"


# faults: 34
def without_ipip(on, expect):
    """The role says what is missing, others serve, and it serves as soon as the module is there."""
    unload("ipip")
    before = on.server.snapshot()
    MODPROBE.write_text("/bin/true")
    with Daemon(on.server, {"web": text("ipip"), "local": role("dr", OTHER)}) as daemon:
        daemon.start(20)
        web = daemon.role("web")
        expect(web["state"] == "degraded" and any("no ipip tunnels" in problem for problem in web["problems"]),
               f"without ipip the role is {web['state']}, and says {web['problems']}")
        expect(daemon.role("local")["state"] == "serving", "without ipip another role does not serve")
        load("ipip")
        await_(lambda: serving(daemon), 40, 0.2, "the role serves as soon as ipip is there")
        on.forward(4, "ipip")
        on.connect(VIP)
        daemon.stop(20)
    unload("ipip")
    left = difference(before, on.server.snapshot())
    expect(not left, f"ipip: left behind: {left}")
    load("ipip")


def without_fou(on, expect):
    """The role says what is missing, and serves as soon as it is there."""
    before = on.server.snapshot()
    with Daemon(on.server, {"web": text("gue")}) as daemon:
        daemon.start(20)
        state, problems = (daemon.role("web")[key] for key in ("state", "problems"))
        expect(state == "degraded" and any("modprobe fou" in problem for problem in problems),
               f"without fou the role is {state}, and says {problems}")
        load("fou")
        began = time.monotonic()
        await_(lambda: serving(daemon), 40, 0.2, "the role serves as soon as fou is there")
        seconds = round(time.monotonic() - began, 1)
        on.forward(4, "gue --tun-port 6080 --tun-nocsum")
        on.connect(VIP)
        daemon.stop(20)
    left = difference(before, on.server.snapshot())
    expect(not left, f"fou: left behind: {left}")
    return seconds


def settings(snapshot, of_them):
    """Those of the devices that came with the module, or those of all others."""
    return {key: value for key, value in snapshot.items()
            if "/conf/" in key and (key.split("/")[-2] in BROUGHT_ALONG) == of_them}


def with_gre(on, expect):
    """gretap0 and erspan0 speak ARP: they are silenced when they appear, and left as the kernel made them."""
    before = on.server.snapshot()
    with Daemon(on.server, {"web": text("gre")}) as daemon:
        daemon.start(20)
        await_(lambda: serving(daemon), 5, 0.1, "the role serves by gre")
        for device in BROUGHT_ALONG[1:]:
            await_(lambda d=device: on.server.sysctl(d, "arp_ignore") == 1, 5, 0.05, f"{device} is silent")
        on.forward(4, "gre --tun-nocsum")
        on.connect(VIP)
        daemon.stop(20)
    after, untouched = on.server.snapshot(), on.client.snapshot()
    for was, now in ((settings(before, False), settings(after, False)), (settings(untouched, True), settings(after, True))):
        left = difference(was, now)
        expect(was and not left, f"gre: left behind: {left}")


def load_when_asked():
    """The kernel asks for modules, as on any host."""
    loader = pathlib.Path(tempfile.tempdir) / "modprobe"
    loader.write_text(f'#!/bin/sh\nfor name; do :; done\nexec {sys.executable} -B {LOADER} --load "$name"\n')
    loader.chmod(0o755)
    MODPROBE.write_text(str(loader))


def run():
    failures = []
    expect = lambda good, what: good or failures.append(what)
    with Tunnels() as on:
        without_ipip(on, expect)
        unload("fou6", "fou", "ip6_gre", "ip_gre")
        load_when_asked()
        seconds = without_fou(on, expect)
        with_gre(on, expect)
        load("ip6_gre")
        load("fou6")
    return {"serves_after_fou_s": seconds, "failures": failures}
