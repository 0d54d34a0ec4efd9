"""The same behind tunnels, where each director has an outer address of its own: one that the role names takes over, one that
it does not name gets nothing in, and is let in once it is named."""
import select
import socket
import struct
import time

from cluster import CLIENTS, DIRECTORS, SERVERS, VIP
from scenarios.failover import SOME, Table, cluster, judge, move_there_and_back
from support import await_

STRANGER = "192.0.2.66"
LOCAL = f"{struct.unpack('=I', socket.inet_aton(VIP))[0]:08X}:0050"
LISTEN, TIME_WAIT = "0A", "06"
PATIENCE = 2.5  # seconds, in which a client asks twice


def begin(client):
    """New connections, one from each client."""
    sockets = []
    with client:
        for source in CLIENTS:
            connection = socket.socket()
            connection.setblocking(False)
            connection.bind((source, 0))
            connection.connect_ex((VIP, 80))
            sockets.append(connection)
    return sockets


def answered(client, director):
    """How many of them are made while the director sends some to either real server; all are over afterwards."""
    sockets = begin(client)
    try:
        await_(lambda: director.used() == set(SERVERS), 5, 0.02, "the director sends to both")
        waiting, end = set(sockets), time.monotonic() + PATIENCE
        while waiting and (left := end - time.monotonic()) > 0:
            waiting -= set(select.select([], waiting, [], left)[1])
        return sum(each.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0 for each in set(sockets) - waiting)
    finally:
        for each in sockets:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # by a reset
            each.close()


def busy(namespace):
    """Connections of the VIP that would say something without being asked."""
    with namespace:
        with open("/proc/thread-self/net/tcp") as table:
            lines = [line.split() for line in table.readlines()[1:]]
    return [words for words in lines if words[1] == LOCAL and words[3] not in (LISTEN, TIME_WAIT)]


# faults: 38
def refuse_a_stranger(scene, stranger):
    """Clients get no answer by the stranger, and the real servers say nothing at all in the VIP's name."""
    client, known = scene.cluster.client, scene.directors[0]
    with scene.cluster.replies() as replies:
        good = answered(client, known)
        scene.expect(good == len(CLIENTS) and replies.count() > 0, f"by a director that is named only {good} were answered")
        for server in scene.servers:
            await_(lambda s=server: not busy(s.namespace), 5, 0.02, f"{server.name} has nothing left to say")
        known.leave()
        stranger.take_over()
        replies.count()
        good = answered(client, stranger)
        frames = replies.count()
        scene.expect((good, frames) == (0, 0), f"by a stranger {good} were answered, with {frames} frames from the VIP")
    for server in scene.servers:
        server.follow([*DIRECTORS, STRANGER])
    good = answered(client, stranger)
    scene.expect(good == len(CLIENTS), f"by a stranger that is named now only {good} were answered")


def run():
    with cluster("tun", "-i") as scene:
        judge(scene, move_there_and_back(scene))
        refuse_a_stranger(scene, Table(scene.cluster.host(STRANGER), "-i"))
        return scene.result()
