"""What a neighbour sees of the VIP: does the real server answer for it on the wire, and does it serve it?"""
import os
import select
import socket
import struct
import subprocess
import time

from namespace import NEIGHBOUR, NEIGHBOUR6

BROADCAST = b"\xff" * 6


class NeighbourProbe:
    """Asks for addresses on the segment. The kernel answers in order, so an address that holds is asked
    after the one in question: once its answer is there, silence about the other is an answer too."""

    def __init__(self, segment, device="eth0"):
        with segment.neighbour:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self._socket.bind((device, 0))
        self._mac = self._socket.getsockname()[4]

    def close(self):
        self._socket.close()

    def answers(self, address, known):
        """Whether `address` is answered for, by ARP or neighbour discovery; `known` is one that must be."""
        ask = self._ask_v6 if ":" in address else self._ask_v4
        ask(address)
        ask(known)
        asked = {_packed(address), _packed(known)}
        seen = set()
        deadline = time.monotonic() + 3
        while _packed(known) not in seen:
            if not select.select([self._socket], [], [], max(deadline - time.monotonic(), 0))[0]:
                raise TimeoutError(f"{known} was not answered either")
            seen |= {_claimed(self._socket.recv(256))} & asked
        return _packed(address) in seen

    def _ask_v4(self, address):
        frame = BROADCAST + self._mac + struct.pack("!HHHBBH", 0x806, 1, 0x800, 6, 4, 1)
        self._socket.send(frame + self._mac + _packed(NEIGHBOUR) + bytes(6) + _packed(address))

    def _ask_v6(self, address):
        target, source = _packed(address), _packed(NEIGHBOUR6)
        group = bytes.fromhex("ff0200000000000000000001ff") + target[13:]
        message = struct.pack("!BBHI", 135, 0, 0, 0) + target + b"\x01\x01" + self._mac
        pseudo = source + group + struct.pack("!II", len(message), 58)
        message = message[:2] + struct.pack("!H", _checksum(pseudo + message)) + message[4:]
        header = struct.pack("!IHBB", 6 << 28, len(message), 58, 255) + source + group
        self._socket.send(b"\x33\x33" + group[12:] + self._mac + b"\x86\xdd" + header + message)


def _packed(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def _claimed(frame):
    """The address a received frame says its sender has: of an ARP frame or a neighbour advertisement."""
    kind = frame[12:14]
    if kind == b"\x08\x06":
        return frame[28:32]
    if kind == b"\x86\xdd" and frame[20] == 58 and frame[54] == 136:
        return frame[62:78]
    return b""


def _checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Flood:
    """arpflood in the neighbour's namespace: who-has requests for the VIP, all the time."""

    def __init__(self, segment, vip, rate):
        self._process = segment.neighbour.popen(
            os.environ["ARPFLOOD"], "eth0", vip, NEIGHBOUR, str(rate),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )
        if self._process.stdout.readline() != "ready\n":
            raise RuntimeError("arpflood did not start")

    def count(self, after=0):
        """Counters since the last call, once so many more requests were sent: sent, reply, request, gratuitous, dropped,
        seconds."""
        self._process.stdin.write(f"count {after}\n")
        words = self._process.stdout.readline().split()
        return {key: float(value) for key, value in (word.split("=") for word in words)}

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def leaked(counters):
    """ARP frames that named the VIP as their sender, and those nobody could look at."""
    return int(counters["reply"] + counters["request"] + counters["gratuitous"] + counters["dropped"])


class Web:
    """A listening socket on the real server; the handshake is done by the kernel's backlog."""

    def __init__(self, namespace, port, address="::"):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with namespace:
            self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self._socket.bind((address, port))
        self._socket.listen(128)

    def accept(self):
        self._socket.settimeout(5)
        return self._socket.accept()[0]

    def close(self):
        self._socket.close()


def connect(namespace, address, port, timeout=3, source=None):
    """A connection from a namespace, or OSError."""
    with namespace:
        return socket.create_connection((address, port), timeout, (source, 0) if source else None)
