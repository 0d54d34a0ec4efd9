"""Clients that use a port again soon after, as behind a NAT gateway: IPVS knows a connection for two minutes after its
end, takes the new one for it, and sends it to the same real server whatever its weight. In DR and TUN its default
conn_reuse_mode=1 does not help; each of the other settings below does."""
from cluster import CLIENTS
from keepalived import Keepalived, agents_check
from scene import Scene
from steps import compare_settings

ROUND = 4  # seconds until the ports come around
RATE = 150
SETTINGS = (("conn_reuse_mode", 1), ("conn_reuse_mode", 3), ("expire_nodest_conn", 1))


def run():
    with Scene(
        lambda namespace, servers: Keepalived(namespace, agents_check(servers)),
        sources=CLIENTS[:1], ports=ROUND * RATE, rate=RATE, downloads=0,
    ) as scene:
        return compare_settings(scene, SETTINGS, settling=ROUND)
