"""realserver.sh as everybody has it, with `ip addr` where it said ifconfig lo:0. The order is its own."""

START = """
ip addr add {vip}/32 dev lo label lo:0
ip route add {vip} dev lo
echo 1 > /proc/sys/net/ipv4/conf/lo/arp_ignore
echo 2 > /proc/sys/net/ipv4/conf/lo/arp_announce
echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore
echo 2 > /proc/sys/net/ipv4/conf/all/arp_announce
"""

STOP = """
ip addr del {vip}/32 dev lo
ip route del {vip} dev lo
echo 0 > /proc/sys/net/ipv4/conf/lo/arp_ignore
echo 0 > /proc/sys/net/ipv4/conf/lo/arp_announce
echo 0 > /proc/sys/net/ipv4/conf/all/arp_ignore
echo 0 > /proc/sys/net/ipv4/conf/all/arp_announce
"""


# The same for tunnels, before anybody said that rp_filter is max(all, device).
START_TUN = """
ip addr add {vip}/32 brd {vip} dev tunl0 label tunl0:0
ip link set tunl0 up
ip route add {vip} dev tunl0
echo 1 > /proc/sys/net/ipv4/conf/tunl0/arp_ignore
echo 2 > /proc/sys/net/ipv4/conf/tunl0/arp_announce
echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore
echo 2 > /proc/sys/net/ipv4/conf/all/arp_announce
echo 0 > /proc/sys/net/ipv4/conf/tunl0/rp_filter
echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter
"""


def start(namespace, vip):
    namespace.run("sh", "-c", START.format(vip=vip))


def start_tun(namespace, vip):
    namespace.run("sh", "-c", START_TUN.format(vip=vip))


def stop(namespace, vip):
    namespace.run("sh", "-c", STOP.format(vip=vip), check=False)
