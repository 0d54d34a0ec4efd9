"""Tunnelled packets by hand: a datagram to a VIP, wrapped as a director would wrap it."""
import socket
import struct

CLIENT = "192.0.2.102"
PORT = 9999  # of the datagram
GUE_PORT = 6080
IPIP, GRE, UDP = 4, 47, 17


def _sum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _datagram(vip):
    """From a client, without a checksum."""
    udp = struct.pack("!HHHH", 5000, PORT, 8 + 4, 0) + b"here"
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, UDP, 0,
                       socket.inet_aton(CLIENT), socket.inet_aton(vip))
    return head[:10] + struct.pack("!H", _sum(head)) + head[12:] + udp


def _wrapped(inner, encapsulation, checksum):
    """The payload of the outer IP header, and its protocol."""
    if encapsulation == "ipip":
        return IPIP, inner
    if encapsulation == "gre":
        if not checksum:
            return GRE, struct.pack("!HH", 0, 0x0800) + inner
        packet = struct.pack("!HHHH", 0x8000, 0x0800, 0, 0) + inner
        return GRE, packet[:4] + struct.pack("!H", _sum(packet)) + packet[6:]
    return UDP, struct.pack("!BBH", 0, IPIP, 0) + inner


def send(host, source, server, vip, encapsulation, outer, checksum):
    """One packet from `source`, an address of `host`, to the real server's own address."""
    family = socket.AF_INET if outer == 4 else socket.AF_INET6
    protocol, payload = _wrapped(_datagram(vip), encapsulation, checksum)
    with host:
        if encapsulation == "gue":
            sender = socket.socket(family, socket.SOCK_DGRAM)
        else:
            sender = socket.socket(family, socket.SOCK_RAW, protocol)
    with sender:
        sender.bind((source, 0))
        sender.sendto(payload, (server, GUE_PORT if encapsulation == "gue" else 0))
