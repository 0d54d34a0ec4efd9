#!/usr/bin/python3
"""The main job of realserverd, step by step, on the shipped conf.d/dr.toml.

Started by packaging/demo. Everything happens in network namespaces without a name, which are gone
when this process is, however it ends. Exits 1 at the first step that does not hold.
"""
import pathlib
import re
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SOURCE / "tests/netns"))
from daemon import Daemon
from demo_network import CLIENT, DIRECTOR, MEGABYTE, RIP, VIP, Network, Page, web_server
from namespace import difference, use_private_directory

BOLD, GREEN, RED, PLAIN = ("\033[1m", "\033[32m", "\033[31m", "\033[0m") if sys.stdout.isatty() else [""] * 4


class Failed(Exception):
    pass


def headline(text):
    print(f"\n{BOLD}== {text}{PLAIN}", flush=True)


def command(host, line):
    print(f"  {BOLD}{host}#{PLAIN} {line}", flush=True)


def show(text):
    print("".join(f"    {line}\n" for line in text.rstrip().splitlines()), end="", flush=True)


def expect(holds, text):
    """Every claim of the demo is checked; the first that does not hold ends it."""
    if not holds:
        raise Failed(text)
    print(f"  {GREEN}ok{PLAIN} {text}", flush=True)


def until(predicate, seconds, what):
    deadline = time.monotonic() + seconds
    while not (result := predicate()):
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds} s: {what}")
        time.sleep(0.001)
    return result


def control(daemon, words, timeout=60):
    """Runs realserverctl before the eyes of the reader; returns its exit status."""
    command("server", f"realserverctl {words}")
    process = daemon.control_start(*words.split())
    output, errors = process.communicate(timeout=timeout)
    show(output + errors)
    return process.returncode


def state(daemon):
    return daemon.role("dr")["state"]


def start(daemon):
    headline("One role, one daemon")
    text = (daemon.config / "conf.d/dr.toml").read_text()
    command("server", "grep -v '^#' /etc/realserverd/conf.d/dr.toml")
    show("\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")))
    command("server", "realserverd")
    begun = time.monotonic()
    daemon.start()
    milliseconds = (time.monotonic() - begun) * 1000
    expect(daemon.namespace.holds(VIP), f"READY after {milliseconds:.0f} ms, and {VIP} is bound")
    expect(control(daemon, "status") == 0, "the role serves, in sync")


def serve(network):
    headline("A client's request, by way of the director, answered from the VIP")
    web_server(network)
    command("client", f"GET http://{VIP}/")
    answer = network.get("/").read().decode()
    show(answer)
    expect(answer == f"Hello from {VIP}\n", "the client was answered by the VIP")


def be_silent(network):
    headline("Nobody on the wire learns where the VIP is")
    command("director", f"ask by ARP, three times each: who has {RIP}? who has {VIP}?")
    known, silent = network.arp_replies(RIP), network.arp_replies(VIP)
    show(f"{RIP}: {known} of 3 answered\n{VIP}: {silent} of 3 answered")
    expect(known == 3, "the real server answers for its own address")
    expect(silent == 0, "and never for the VIP")


def repair(daemon):
    headline("Somebody takes the VIP away")
    line = f"addr del {VIP}/32 dev lo"
    command("server", f"ip {line}")
    daemon.namespace.ip(line)
    begun = time.monotonic()
    until(lambda: daemon.namespace.holds(VIP), 5, "the VIP is back")
    expect(True, f"it was back within {(time.monotonic() - begun) * 1000:.0f} ms (an `ip` command included)")


def drain(network, daemon):
    headline("A drain, while a client downloads a megabyte")
    command("client", f"GET http://{VIP}/download")
    download = network.get("/download")
    received = download.read(MEGABYTE // 4)
    command("server", "realserverctl drain &")
    drained = daemon.control_start("drain")
    until(lambda: state(daemon) == "draining", 5, "the role drains")
    expect(control(daemon, "status") != 0, "it drains, and waits for the connection")
    time.sleep(1)  # so that the progress can be seen
    expect(drained.poll() is None and daemon.namespace.holds(VIP), "a second later it still waits; the VIP is bound")
    Page.release.set()
    received += download.read()
    expect(len(received) == MEGABYTE, "the download went to its end, all of it")
    output, errors = drained.communicate(timeout=60)
    show(output + errors)
    expect(drained.returncode == 0 and state(daemon) == "drained", "drained: nobody was cut off")


def undrain(network, daemon):
    headline("Back to work")
    expect(control(daemon, "undrain --no-wait") == 0 and state(daemon) == "serving", "serving again")
    expect(network.get("/").read().decode() == f"Hello from {VIP}\n", "the client is answered")


def stop(network, daemon, before):
    headline("Stop: the host is as it was")
    command("server", "kill -TERM $(pidof realserverd)")
    daemon.stop(timeout=60)
    expect(not daemon.namespace.holds(VIP), "the VIP is unbound")
    changed = difference(before, network.server.snapshot())
    show(changed)
    expect(not changed, "addresses, links, routes, rules and every net/*/conf sysctl: byte for byte as before")


def host_snapshot():
    """This host's own network, without the lifetimes and timers that run on by themselves."""
    lines = [["ip", "-o", "addr"], ["ip", "route", "show", "table", "all"],
             ["ip", "-6", "route", "show", "table", "all"], ["ip", "rule"], ["ip", "-6", "rule"]]
    text = "".join(subprocess.run(line, capture_output=True, text=True, check=True).stdout for line in lines)
    arp = sorted(pathlib.Path("/proc/sys/net/ipv4/conf").glob("*/arp_*"))
    return re.sub(r"\b\d+sec\b", "", text) + "".join(f"{path}={path.read_text()}" for path in arp)


def run():
    host = host_snapshot()
    headline("A network of its own: client, director and real server, each a network namespace")
    network = Network()
    show(f"client {CLIENT} --- 198.51.100.1 director {DIRECTOR} --- {RIP} server, VIP {VIP}")
    command("director", f"ip route add {VIP} via {RIP}    # what direct routing does on the wire")
    before = network.server.snapshot()
    role = (SOURCE / "conf.d/dr.toml").read_text()
    with Daemon(network.server, roles={"dr": role}, node="", bus=True) as daemon:
        start(daemon)
        serve(network)
        be_silent(network)
        repair(daemon)
        drain(network, daemon)
        undrain(network, daemon)
        stop(network, daemon, before)
    expect(host_snapshot() == host, "and so is the host that ran this demo")


def main():
    use_private_directory()
    try:
        run()
    except KeyboardInterrupt:
        print("\ninterrupted; nothing was left behind")
        return 130
    except (Failed, OSError, RuntimeError, subprocess.SubprocessError) as failure:
        print(f"  {RED}FAILED{PLAIN} {failure}")
        return 1
    print(f"\n{BOLD}Every step held.{PLAIN} Next: README.md, \"A first role\".")
    return 0


if __name__ == "__main__":
    sys.exit(main())
