#!/usr/bin/python3
"""What director-config prints is accepted by the programs it is for, and what is spoiled is not.

Usage: director_programs_test.py IPVS_STAND_IN
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

STAND_IN = os.path.abspath(sys.argv.pop(1))
HERE = pathlib.Path(__file__).resolve().parent
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


if __name__ == "__main__":
    unittest.main()
