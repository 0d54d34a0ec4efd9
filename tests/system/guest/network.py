"""The wires, before anything of the host looks at the network: a director and a client, each a network namespace, on
one bridge with eth0 of this host, which is the real server."""
import subprocess

VIP = "192.0.2.8"
HOSTS = {"director": ["192.0.2.6"], "client": [f"192.0.2.{number}" for number in range(101, 117)]}


def ip(line):
    subprocess.run(["ip", *line.split()], check=True)


ip("netns add wire")
ip("-n wire link add br0 type bridge")
ip("-n wire link set br0 up")
for name, addresses in HOSTS.items():
    ip(f"netns add {name}")
    ip(f"link add {name} netns wire type veth peer name eth0 netns {name}")
    ip(f"-n wire link set {name} master br0 up")
    ip(f"-n {name} link set lo up")
    ip(f"-n {name} link set eth0 up")
    for address in addresses:
        ip(f"-n {name} addr add {address}/24 dev eth0")
ip(f"-n director addr add {VIP}/32 dev eth0")
ip("link add rs1 netns wire type veth peer name eth0")
ip("-n wire link set rs1 master br0 up")
