"""Counting a role's connections among 20 000 sockets, beside `ss` with the same filter.

    count.py [CONNECTIONS OF_THE_ROLE]        default: 10000 1000, two sockets each

`ss` is a program of its own: the time of one that has nothing to show is its floor, and is shown too. Ours
is the call that the daemon makes, in a small program (count_connections) that makes it many times.
"""
import contextlib
import os
import socket
import sys

from common import Namespace, milliseconds, print_machine, ratio, row, support, timed, undisturbed
from namespace import VIP, die_with_parent

REPETITIONS = 51
AT_ONCE = 3000  # connections a process


def hold_connections(server, address, port, number):
    """Both ends of `number` connections within one namespace, in a process of their own (which may not open
    more files than this one). They end with the pipe that is returned."""
    ready, tell = os.pipe()
    end, hold = os.pipe()
    if os.fork() != 0:
        os.close(tell)
        os.close(end)
        assert os.read(ready, 1) == b"+", "connections refused"
        os.close(ready)
        return hold
    os.close(hold)
    die_with_parent()
    ends = []
    with server:
        listener = socket.socket()
        listener.bind((address, port))
        listener.listen(1024)
        for _ in range(number):
            ends += [socket.create_connection((address, port)), listener.accept()[0]]
    os.write(tell, b"+")
    os.read(end, 1)
    os._exit(0)


def hold_all(server, total, of_the_role):
    """`total` connections, `of_the_role` of them to the VIP's service."""
    holds = [hold_connections(server, VIP, 80, of_the_role)]
    for port, first in enumerate(range(of_the_role, total, AT_ONCE), 8080):
        holds.append(hold_connections(server, "127.0.0.1", port, min(AT_ONCE, total - first)))
    return holds


def count_with_ss(server, vip, port):
    text = server.run("ss", "-Htn", "state", "connected", f"src {vip} and sport = :{port}")
    return len(text.splitlines())


def count_with_ours(server, vip, port):
    """The figure, and the seconds of each of the calls."""
    lines = server.run(os.environ["COUNT_CONNECTIONS"], vip, str(port), str(REPETITIONS)).split()
    return int(lines[0]), [float(line) for line in lines[1:]]


def main():
    support.prepare()
    total, of_the_role = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (10_000, 1000)
    print_machine()
    undisturbed()
    with contextlib.closing(Namespace()) as server:
        server.ip(f"addr add {VIP}/32 dev lo")
        holds = hold_all(server, total, of_the_role)
        found, ours = count_with_ours(server, VIP, 80)
        assert found == count_with_ss(server, VIP, 80) == of_the_role, found
        theirs = [timed(lambda: count_with_ss(server, VIP, 80)) for _ in range(REPETITIONS)]
        floor = [timed(lambda: server.run("ss", "-V")) for _ in range(REPETITIONS)]
        for hold in holds:
            os.close(hold)
    row("sockets", "of the role", "realserverd ms", "ss ms", "ss -V ms", "ratio", "ratio less ss -V")
    row(*["---"] * 7)
    row(2 * total, of_the_role, milliseconds(ours), milliseconds(theirs), milliseconds(floor), ratio(ours, theirs),
        ratio(ours, [seconds - sorted(floor)[len(floor) // 2] for seconds in theirs]))


if __name__ == "__main__":
    main()
