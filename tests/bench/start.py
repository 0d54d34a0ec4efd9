"""From exec to READY=1, beside `ip -batch` making the very same objects and the classic script's commands.

    start.py [COUNT...]        default: 1 100 1000 10000

The peers get their sysctls written for nothing, or by the shell that runs their commands; the daemon's
time has its reading back, its ledger and its audit in it. The classic script starts a program for each VIP
and route; at 10 000 VIPs that takes most of a minute and says nothing new, so it is not measured there.
"""
import ipaddress
import sys

from common import Daemon, Segment, dr, milliseconds, print_machine, ratio, row, support, timed, undisturbed

FIRST = ipaddress.ip_address("10.64.0.0")
PREFIXES = {1: 32, 100: 25, 1000: 22, 10_000: 18}
REPETITIONS = {1: 15, 100: 11, 1000: 7, 10_000: 3}
CLASSIC_LIMIT = 1000
GUARD = "route add blackhole {} proto 82 metric 4278198272"
BINDINGS = {
    "address": "addr add {}/32 dev lo scope host label lo:rs-many",
    "route": "route add local {} dev lo table local metric 82 proto 82 scope host",
}


def vips(count, binding):
    if binding == "prefix":
        return [f"{FIRST}/{PREFIXES[count]}"]
    return [str(FIRST + number) for number in range(count)]


def role(count, binding):
    return f'bind = "{"route" if binding == "prefix" else binding}"\n' + dr(*vips(count, binding))


class Peers:
    """The same objects made by others; each leaves the host clean for the next."""

    def __init__(self, server, count, binding):
        self.server, self.vips = server, vips(count, binding)
        self.bind = BINDINGS["address" if binding == "address" else "route"]

    def batch(self):
        text = "\n".join([GUARD.format(vip) for vip in self.vips] + [self.bind.format(vip) for vip in self.vips])
        seconds = timed(lambda: self.server.run("ip", "-batch", "-", text=text + "\n"))
        self.undo()
        return seconds

    def classic(self):
        lines = [f"ip addr add {vip}/32 dev lo\nip route add {vip} dev lo" for vip in self.vips]
        lines += [f"echo {value} > /proc/sys/net/ipv4/conf/{device}/{key}" for device in ("lo", "all")
                  for key, value in (("arp_ignore", 1), ("arp_announce", 2))]
        seconds = timed(lambda: self.server.run("sh", text="\n".join(lines) + "\n"))
        self.undo()
        return seconds

    def undo(self):
        self.server.ip("addr flush dev lo to 10.64.0.0/12", check=False)
        for line in ("route flush table main proto 82", "route flush table local proto 82",
                     "route flush table main dev lo"):
            self.server.ip(line, check=False)
        for device in ("lo", "all"):
            for key in ("arp_ignore", "arp_announce"):
                self.server.sysctl(device, key, 0)


def measure(server, count, binding):
    peers = Peers(server, count, binding)
    ours, batch, classic = [], [], []
    with_classic = binding == "address" and count <= CLASSIC_LIMIT
    for _ in range(REPETITIONS[count]):
        with Daemon(server, {"many": role(count, binding)}, bus=False) as daemon:
            ours.append(timed(lambda: daemon.start(timeout=120)))
            daemon.stop(timeout=120)
        batch.append(peers.batch())
        if with_classic:
            classic.append(peers.classic())
    row(binding, count, milliseconds(ours), milliseconds(batch), ratio(ours, batch),
        *((milliseconds(classic), ratio(ours, classic)) if with_classic else ("not measured", "")))
    return ours, batch


def main():
    support.prepare()
    counts = [int(word) for word in sys.argv[1:]] or list(PREFIXES)
    print_machine()
    undisturbed()
    row("bind", "VIPs", "realserverd ms", "ip -batch ms", "ratio", "classic script ms", "ratio")
    row(*["---"] * 7)
    by_address, as_prefix = [], []
    with Segment() as segment:
        for binding in (*BINDINGS, "prefix"):
            for count in counts:
                ours, batch = measure(segment.server, count, binding)
                by_address = batch if binding == "address" else by_address
                as_prefix = ours if binding == "prefix" else as_prefix
    print(f"{counts[-1]} VIPs as one prefix against ip -batch of as many addresses: "
          f"{ratio(as_prefix, by_address)} times faster")


if __name__ == "__main__":
    main()
