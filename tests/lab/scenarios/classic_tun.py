"""A host set up by the classic recipe for tunnels: taken over as it is, and left as it was."""
import classic
from cluster import VIP
from daemon import Daemon, role
from namespace import difference
from scenarios.tunnels import DIRECTOR, Tunnels
from support import await_

ROLE = role("tun", VIP, extra=f'directors = ["{DIRECTOR}"]\n[tunnel]\ndevice = "tunl0"\n')
SAID = ("was bound by somebody else", "takes tunnelled packets from anybody")


def play(on, expect):
    classic.start_tun(on.server, VIP)
    on.forward(4, "ipip")
    on.connect(VIP)
    await_(lambda: "tentative" not in on.server.ip("addr"), 5, 0.1, "the addresses are settled")
    before = on.server.snapshot()
    with Daemon(on.server, {"web": ROLE}) as daemon:
        daemon.start(20)
        await_(lambda: daemon.role("web")["state"] == "serving", 5, 0.1, "the role serves")
        problems = daemon.role("web")["problems"]
        for text in SAID:
            expect(any(text in problem for problem in problems), f"not said: {text}, only {problems}")
        plan = daemon.control("plan", "--config", str(daemon.config))
        expect(plan.returncode == 0 and not plan.stdout, f"it serves, and yet is planned: {plan.stdout}")
        on.server.sysctl("all", "rp_filter", 1)
        expect(on.connect(VIP) <= 1500 - 20 - 40, "the MSS leaves no room for the tunnel")
        on.server.sysctl("all", "rp_filter", 0)
        daemon.kill()
        daemon.start(20)
        daemon.stop(20)
    left = difference(before, on.server.snapshot())
    expect(not left, f"not as it was: {left}")
    on.connect(VIP)


def run():
    failures = []
    with Tunnels() as on:
        play(on, lambda good, text: good or failures.append(text))
        frames = on.cluster.arp.count()
    return {"arp_frames": frames, "failures": failures + ([f"{frames} ARP frames named the VIP"] if frames else [])}
