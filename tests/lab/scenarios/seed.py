"""The cluster this program was first asked for: one VIP, two tunnelled real servers in turn, four requests."""
import contextlib
import socket

from cluster import Cluster
from daemon import Daemon
from support import await_

VIP, DIRECTOR, SERVERS = "192.168.100.50", "192.168.100.100", ("192.168.100.110", "192.168.100.120")
ROLE = f"""
forwarding = "tun"
vips = ["{VIP}"]
services = ["80/tcp"]
directors = ["{DIRECTOR}"]
"""


def ask(client, listeners):
    """The name of the server that the director chose."""
    with client:
        connection = socket.create_connection((VIP, 80), timeout=5)
    with connection:
        for name, listener in listeners.items():
            listener.settimeout(0.3)
            with contextlib.suppress(TimeoutError):
                listener.accept()[0].close()
                return name
    return None


def run():
    with Cluster() as cluster:
        director = cluster.directors[0]
        for host, address in ((cluster.client, "192.168.100.1"), (director, DIRECTOR), *zip(cluster.servers, SERVERS)):
            host.ip(f"addr add {address}/24 dev eth0")
        director.ip(f"addr add {VIP}/32 dev eth0")
        director.run("ipvsadm", "-A", "-t", f"{VIP}:80", "-s", "rr")
        for server in SERVERS:
            director.run("ipvsadm", "-a", "-t", f"{VIP}:80", "-r", f"{server}:80", "-i")
        listeners = {}
        for name, server in zip(SERVERS, cluster.servers):
            daemon = cluster.enter_context(Daemon(server, {"web": ROLE}))
            daemon.start(20)
            await_(lambda d=daemon: d.role("web")["state"] == "serving", 5, 0.1, f"{name} serves")
            with server:
                listeners[name] = cluster.enter_context(socket.create_server(("0.0.0.0", 80)))
        served = [ask(cluster.client, listeners) for _ in range(4)]
        failures = [] if sorted(served, key=str) == sorted(SERVERS * 2) else [f"served by {served}"]
        return {"served_by": served, "failures": failures}
