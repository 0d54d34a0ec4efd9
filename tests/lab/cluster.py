"""The cluster: a client, directors and real servers, each a network namespace, on one bridge."""
import contextlib
import ctypes
import socket
import struct
import subprocess

from namespace import Namespace

VIP = "192.0.2.8"
CLIENTS = tuple(f"192.0.2.{number}" for number in range(101, 117))
DIRECTORS = ("192.0.2.6", "192.0.2.7")
SERVERS = ("192.0.2.9", "192.0.2.10")


class Cluster(contextlib.ExitStack):
    """The first director holds the VIP, as VRRP's master does; the second is there to take over."""

    def __init__(self, directors=1):
        super().__init__()
        self._ports = 0
        subprocess.run(["ip", "link", "add", "br0", "type", "bridge"], check=True)
        self.callback(subprocess.run, ["ip", "link", "del", "br0"], check=True)
        subprocess.run(["ip", "link", "set", "br0", "up"], check=True)
        self.client = self.host(*CLIENTS)
        self.directors = [self.host(address) for address in DIRECTORS[:directors]]
        self.directors[0].ip(f"addr add {VIP}/32 dev eth0")
        first = self._ports + 1
        self.servers = [self.host(address) for address in SERVERS]
        self._server_ports = [f"port{first}", f"port{first + 1}"]
        self.arp = self.enter_context(contextlib.closing(Frames(self._server_ports, ETH_P_ARP, 28)))

    def host(self, *addresses):
        """A new one on the bridge."""
        host = Namespace()
        self.callback(host.close)
        self.plug(host, "eth0")
        for address in addresses:
            host.ip(f"addr add {address}/24 dev eth0")
        return host

    def replies(self):
        """What the real servers send from the VIP, from now on."""
        return contextlib.closing(Frames(self._server_ports, ETH_P_IP, 26))

    def plug(self, host, device):
        """Puts a new device of a host on the bridge."""
        self._ports += 1
        port = f"port{self._ports}"
        for line in (f"link add {port} type veth peer name {device} netns {host.path}", f"link set {port} master br0 up"):
            subprocess.run(["ip", *line.split()], check=True)
        # A namespace takes its devices along some time after its end; the next cluster has ports of the same names.
        self.callback(subprocess.run, ["ip", "link", "del", port], stderr=subprocess.DEVNULL)
        host.ip(f"link set {device} up")


ETH_P_IP, ETH_P_ARP = 0x0800, 0x0806
ETH_P_ALL, SO_ATTACH_FILTER, SOL_PACKET, PACKET_IGNORE_OUTGOING = 3, 26, 263, 23
LOAD_HALF, LOAD_WORD, IF_EQUAL, RETURN = 0x28, 0x20, 0x15, 0x06


class Frames:
    """Sees every frame of one protocol that comes in by these ports and has the VIP for its sender, which is at `offset`."""

    def __init__(self, ports, protocol, offset):
        address = struct.unpack("!I", socket.inet_aton(VIP))[0]
        program = (
            (LOAD_HALF, 0, 0, 12), (IF_EQUAL, 0, 3, protocol), (LOAD_WORD, 0, 0, offset), (IF_EQUAL, 0, 1, address),
            (RETURN, 0, 0, 64), (RETURN, 0, 0, 0),
        )
        code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
        attached = struct.pack("HL", len(program), ctypes.addressof(code))
        self._sockets = []
        for port in ports:
            sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            sniffer.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, attached)
            sniffer.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
            sniffer.bind((port, ETH_P_ALL))
            self._sockets.append(sniffer)

    def count(self):
        """Frames since the last call."""
        frames = 0
        for sniffer in self._sockets:
            with contextlib.suppress(BlockingIOError):
                while sniffer.recv(64, socket.MSG_DONTWAIT):
                    frames += 1
        return frames

    def close(self):
        for sniffer in self._sockets:
            sniffer.close()
