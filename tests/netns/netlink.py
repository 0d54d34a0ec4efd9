"""Kernel notifications, read from a raw rtnetlink socket: what `ip monitor` shows, as values."""
import collections
import select
import socket
import struct
import time

GROUPS = {"link": 1, "addr4": 5, "route4": 7, "rule4": 8, "addr6": 9, "route6": 11, "rule6": 19}
TYPES = {
    16: "new link", 17: "del link", 20: "new addr", 21: "del addr",
    24: "new route", 25: "del route", 32: "new rule", 33: "del rule",
}

# subject: the address, destination or device name; table: of routes and rules; index: of links and addresses
Event = collections.namedtuple("Event", "kind subject table index time")


class Monitor:
    """Every notification of a namespace since this was made, in order.

    The kernel queues them before the change that caused them returns, so whoever has seen the change
    can drain() without waiting.
    """

    def __init__(self, namespace, groups=tuple(GROUPS)):
        with namespace:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
        self._socket.bind((0, sum(1 << (GROUPS[group] - 1) for group in groups)))

    def fileno(self):
        return self._socket.fileno()

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def drain(self):
        events = []
        while True:
            try:
                data = self._socket.recv(1 << 16)
            except BlockingIOError:
                return events
            events += parse(data, time.monotonic())

    def wait(self, seconds):
        """Until the next notification, at most `seconds`; false if there was none."""
        return bool(select.select([self], [], [], max(seconds, 0))[0])


class Tables:
    """The tables of nftables as they go and come since this was made."""
    GONE, MADE = 0xA02, 0xA00  # NFT_MSG_DELTABLE, NFT_MSG_NEWTABLE

    def __init__(self, namespace):
        with namespace:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
        self._socket.bind((0, 1 << 6))  # NFNLGRP_NFTABLES
        self._socket.settimeout(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def wait(self, wanted):
        """The moment at which the next one is gone or made."""
        while True:
            data = self._socket.recv(1 << 16)
            while len(data) >= 16:
                size, kind = struct.unpack_from("=IH", data)
                if kind == wanted:
                    return time.monotonic()
                data = data[(size + 3) & ~3:]


def parse(data, moment):
    events = []
    while len(data) >= 16:
        size, kind = struct.unpack_from("=IH", data)
        if kind in TYPES:
            events.append(_event(TYPES[kind], data[16:size], moment))
        data = data[(size + 3) & ~3:]
    return events


def _event(kind, body, moment):
    if kind.endswith("link"):
        attributes = _attributes(body[16:])
        return Event(kind, attributes.get(3, b"").rstrip(b"\0").decode(), 0, struct.unpack_from("=i", body, 4)[0], moment)
    if kind.endswith("addr"):
        attributes = _attributes(body[8:])
        subject = _address(body[0], attributes.get(2, attributes.get(1)))
        return Event(kind, subject, 0, struct.unpack_from("=i", body, 4)[0], moment)
    # rtmsg and fib_rule_hdr: family, lengths, ..., table at byte 4; destination 1, source 2, table 15
    attributes = _attributes(body[12:])
    table = struct.unpack("=I", attributes[15])[0] if 15 in attributes else body[4]
    which, length = (1, body[1]) if kind.endswith("route") else (2, body[2])
    subject = f"{_address(body[0], attributes[which])}/{length}" if which in attributes else "default"
    return Event(kind, subject, table, 0, moment)


def _attributes(data):
    found = {}
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        if size < 4:
            break
        found[kind & 0x3FFF] = data[4:size]
        data = data[(size + 3) & ~3:]
    return found


def _address(family, data):
    width = 4 if family == socket.AF_INET else 16
    return socket.inet_ntop(family, data) if data and len(data) == width else "?"


CONF = {"rp_filter": 8, "arp_announce": 18, "arp_ignore": 19}  # linux/ip.h, IPV4_DEVCONF_*


def set_device_conf(namespace, device, values):
    """Writes conf/DEVICE values by RTM_SETLINK, past /proc and whoever watches it."""
    with namespace:
        conf = b"".join(struct.pack("=HHI", 8, CONF[key], value) for key, value in values.items())
        spec = _nested(26, _nested(socket.AF_INET, _nested(1, conf)))  # IFLA_AF_SPEC, AF_INET, IFLA_INET_CONF
        body = struct.pack("=BxHiII", 0, 0, socket.if_nametoindex(device), 0, 0) + spec
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
            link.send(struct.pack("=IHHII", 16 + len(body), 19, 5, 1, 0) + body)
            (error,) = struct.unpack_from("=i", link.recv(4096), 16)
    if error:
        raise OSError(-error, "RTM_SETLINK")


def _nested(kind, content):
    return struct.pack("=HH", 4 + len(content), kind | 0x8000) + content


def address_protocols(namespace):
    """IFA_PROTO of every address that has one, which `ip` of 2022 cannot show: {address: number}."""
    with namespace, socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
        link.send(struct.pack("=IHHII8x", 24, 22, 0x301, 1, 0))  # RTM_GETADDR, REQUEST | DUMP
        found = {}
        while True:
            data = link.recv(1 << 16)
            while len(data) >= 16:
                size, kind = struct.unpack_from("=IH", data)
                if kind == 3:  # NLMSG_DONE
                    return found
                attributes = _attributes(data[24:size])
                if 11 in attributes:
                    found[_address(data[16], attributes.get(2, attributes.get(1)))] = attributes[11][0]
                data = data[(size + 3) & ~3:]


def delete_address(namespace, address, device):
    """`ip addr del ADDRESS dev DEVICE` for a host address, without starting a program."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    packed = socket.inet_pton(family, address)
    with namespace, socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
        body = struct.pack("=BBBBI", family, len(packed) * 8, 0, 0, socket.if_nametoindex(device))
        body += struct.pack("=HH", 4 + len(packed), 2) + packed  # IFA_LOCAL
        link.send(struct.pack("=IHHII", 16 + len(body), 21, 5, 1, 0) + body)
        (error,) = struct.unpack_from("=i", link.recv(4096), 16)
    if error:
        raise OSError(-error, "RTM_DELADDR")
