#!/usr/bin/python3
"""What director-config prints is accepted by the programs it is for, and what is spoiled is not.

Usage: director_programs_test.py IPVS_STAND_IN REALSERVERCTL
"""
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "netns"))

from namespace import Namespace  # noqa: E402

STAND_IN = os.path.abspath(sys.argv.pop(1))
REALSERVERCTL = os.path.abspath(sys.argv.pop(1))
RECORDED = HERE / "director_config"
PATH = "/usr/sbin:/sbin:/usr/bin:/bin"


def program(name):
    found = shutil.which(name, path=PATH)
    if not found:
        raise unittest.SkipTest(f"{name} is not installed")
    return found


def run(*command, text=None, **environment):
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                          check=False, start_new_session=True, env={"PATH": PATH, "LC_ALL": "C.UTF-8", **environment})


class Keepalived(unittest.TestCase):
    def setUp(self):
        self.keepalived = program("keepalived")

    def read(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(text)
            file.flush()
            done = run(self.keepalived, "--config-test", "--log-console", "--use-file", file.name)
        return done.returncode, done.stdout

    def test_the_http_check_is_accepted(self):
        text = (RECORDED / "keepalived-http.conf").read_text()
        self.assertEqual(self.read(text), (0, ""))
        status, said = self.read(text.replace("status_code", "status_cod", 1))
        self.assertNotEqual(status, 0)
        self.assertIn("Unknown keyword 'status_cod'", said)

    def test_the_misc_check_is_accepted(self):
        # Script security looks at the program, so it must be there.
        text = (RECORDED / "keepalived-misc.conf").read_text()
        text = text.replace("/usr/bin/realserver-check", program("timeout"))
        self.assertEqual(self.read(text), (0, ""))
        self.assertNotEqual(self.read(text.replace("enable_script_security", ""))[0], 0)
        self.assertNotEqual(self.read(text.replace("misc_dynamic", "misc_dynamo"))[0], 0)

    def test_every_tunnel_is_accepted(self):
        text = (RECORDED / "keepalived-http.conf").read_text()
        for method in ("TUN type gre", "TUN type gue port 6080"):
            self.assertEqual(self.read(text.replace("lvs_method TUN\n", f"lvs_method {method}\n")), (0, ""))


class Ipvsadm(unittest.TestCase):
    def setUp(self):
        self.ipvsadm = program("ipvsadm")

    def read(self, text):
        done = run(self.ipvsadm, "-R", text=text, LD_PRELOAD=STAND_IN)
        said = done.stdout.splitlines()
        return done.returncode, said.count("service"), said.count("server")

    def test_each_line_is_accepted(self):
        text = (RECORDED / "ipvsadm.rules").read_text()
        services, servers = text.count("-A "), text.count("-a ")
        self.assertEqual(self.read(text), (0, services, servers))
        self.assertEqual(services, 7)
        self.assertLess(self.read(text.replace("-r 192.0.2.9:25", "-r 192.0.2.999:25"))[2], servers)
        self.assertLess(self.read(text.replace("-g -w 1", "-g -W 1"))[2], servers)

    def test_every_tunnel_is_accepted(self):
        text = (RECORDED / "ipvsadm.rules").read_text()
        services, servers = text.count("-A "), text.count("-a ")
        for method in ("-i --tun-type gre", "-i --tun-type gue --tun-port 6080"):
            self.assertEqual(self.read(text.replace(" -i ", f" {method} ")), (0, services, servers))


class Ldirectord(unittest.TestCase):
    def setUp(self):
        self.ldirectord = program("ldirectord")

    def read(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".cf") as file:
            file.write(text)
            file.flush()
            done = run(program("perl"), str(HERE / "read_by_ldirectord.pl"), self.ldirectord, file.name)
        return done.returncode, done.stdout

    def test_the_http_check_is_understood(self):
        text = (RECORDED / "ldirectord-http.cf").read_text()
        status, said = self.read(text)
        self.assertEqual(status, 0, said)
        url, url6 = "http://192.0.2.9:9180/health", "http://[2001:db8::9]:9181/health"
        common = "quiescent=yes negotiate"
        self.assertEqual(said.splitlines(), [
            f"-t 198.51.100.8:25 -i 192.0.2.9:25 {common} {url}/far ^serving$ 3",
            f"-t 192.0.2.8:80 -g 192.0.2.9:80 {common} {url}/web ^serving$ 3",
            f"-u 192.0.2.8:443 -g 192.0.2.9:443 {common} {url}/web ^serving$ 3",
            f"-t [2001:db8::8]:80 -g [2001:db8::9]:80 {common} {url6}/web ^serving$ 3",
            f"-u [2001:db8::8]:443 -g [2001:db8::9]:443 {common} {url6}/web ^serving$ 3",
            f"-u 198.51.100.32:53 -g 192.0.2.9:53 {common} {url}/wide ^serving$ 3",
            f"-u 198.51.100.33:53 -g 192.0.2.9:53 {common} {url}/wide ^serving$ 3",
            "every 2 s"])
        self.assertEqual(self.read(text.replace(" quiescent=yes", " quiescent=maybe"))[0], 2)
        self.assertEqual(self.read(text.replace(" gate ", " gat "))[0], 2)

    def test_the_external_check_is_understood(self):
        status, said = self.read((RECORDED / "ldirectord-misc.cf").read_text())
        self.assertEqual(status, 0, said)
        self.assertIn("-t 192.0.2.8:80 -g 192.0.2.9:80 quiescent=yes external"
                      " /usr/local/bin/realserver-check@web 5\n", said)
        self.assertIn("-t [2001:db8::8]:80 -g [2001:db8::9]:80 quiescent=yes external"
                      " /usr/local/bin/realserver-check@web:9181 5\n", said)


class Command(unittest.TestCase):
    """The command itself, on a host with an address and a way to the director, and without a daemon."""

    def print(self, *arguments, node='[health]\nlisten = ["0.0.0.0:9180"]\n', director="192.0.2.6"):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "conf.d").mkdir()
            pathlib.Path(folder, "realserverd.toml").write_text(node)
            pathlib.Path(folder, "conf.d", "web.toml").write_text(
                f'forwarding = "dr"\nvips = ["192.0.2.8"]\nservices = ["80/tcp"]\ndirectors = ["{director}"]\n')
            try:
                namespace = Namespace()
            except OSError:
                self.skipTest("only root can make network namespaces")
            with contextlib.closing(namespace), namespace:
                for command in ("link add name lan type veth peer name far", "link set far up", "link set lan up",
                                "address add 192.0.2.9/24 dev lan"):
                    namespace.run("ip", *command.split())
                done = subprocess.run([REALSERVERCTL, "director-config", "--config", folder, *arguments], check=False,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def test_the_real_server_is_what_the_kernel_uses_towards_the_director(self):
        status, said, error = self.print()
        self.assertEqual((status, error), (0, ""))
        self.assertIn("    real_server 192.0.2.9 80 {\n", said)
        status, said, error = self.print("--format", "ipvsadm")
        self.assertEqual((status, said),
                         (0, "-A -t 192.0.2.8:80 -s wrr\n-a -t 192.0.2.8:80 -r 192.0.2.9:80 -g -w 1\n"))
        self.assertIn("-A line", error)

    def test_what_cannot_be_printed_says_why(self):
        self.assertEqual(self.print(director="198.51.100.6"),
                         (1, "", "web: this host's IPv4 address is not known: there is no route to 198.51.100.6;"
                                 " give it by --rip ADDRESS\n"))
        self.assertEqual(self.print("--rip", "192.0.2.7", "web", director="198.51.100.6")[0], 0)
        status, said, error = self.print(node="[health]\nlisten = []\n")
        self.assertEqual((status, said), (1, ""))
        self.assertIn('listen = ["192.0.2.9:9180"]', error)
        self.assertEqual(self.print("mail")[0], 6)
        self.assertEqual(self.print(node="[helth]\n")[0], 78)


if __name__ == "__main__":
    unittest.main()
