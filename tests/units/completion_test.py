#!/usr/bin/python3
"""Completions, as the shells themselves make them: commands and options of --help, roles of conf.d or of a
daemon. Zsh only where it is installed.

Usage: completion_test.py REALSERVERCTL COMPLETIONS_FOLDER
"""
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

CONTROL, FOLDER = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])

BASH = """
. "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_realserverctl realserverctl
printf '%s\\n' "${COMPREPLY[@]}"
"""

# In a terminal of its own, since zsh completes nowhere else. What the completion adds is also written down.
ZSH = r"""
zmodload zsh/zpty
zpty shell 'zsh -f -i'
say() { zpty -w shell "$1"; }
say "autoload -Uz compinit; fpath=($1 \$fpath); compinit -u -D"
say 'compadd() { local -a found
    [[ " $* " = *" -"[OAD]" "* ]] || { builtin compadd -O found "$@"; print -rl -- $found >>$HOME/found; }
    builtin compadd "$@"; }'
say 'complete_it() { zle complete-word; : >$HOME/completed; }; zle -N complete_it; bindkey "^X" complete_it'
say ': >$HOME/ready'
until [[ -e $HOME/ready ]]; do zpty -rt shell line || sleep 0.02; done
zpty -w -n shell "$2"$'\C-x'
until [[ -e $HOME/completed ]]; do zpty -rt shell line || sleep 0.02; done
zpty -d shell
"""

# As CLI11 writes it before 2.5 and from then on.
HELPS = ("""Usage: realserverctl [OPTIONS] [COMMAND]

Options:
  -h,--help                   Show this and exit
  -H,--host HOST              Talk to the daemon of HOST
  --json                      Print JSON, for programs


Subcommands:
  drain                       Take roles out of service
  director-config             Print the directors' configuration

Examples:
  realserverctl               how this host is doing
""", """Usage: realserverctl [OPTIONS] [COMMAND]


OPTIONS:
  -h,     --help              Show this and exit
  -H,     --host HOST         Talk to the daemon of HOST
          --json              Print JSON, for programs

SUBCOMMANDS:
  drain                       Take roles out of service and wait until their connections are
                              gone
  director-config             Print the directors' configuration

Examples:
  realserverctl               how this host is doing
""")
STATUS = '{"version": "0", "roles": [{"name": "live", "state": "serving"}, {"name": "other"}]}'


class Completion(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.path = pathlib.Path(folder)
        (self.path / "conf.d").mkdir()
        (self.path / "conf.d/web.toml").touch()
        (self.path / "conf.d/mail.toml").touch()
        os.symlink(CONTROL, self.path / "realserverctl")
        self.environment = {
            "PATH": f"{folder}:/usr/bin:/bin", "HOME": folder, "TERM": "dumb", "LC_ALL": "C.UTF-8",
            "REALSERVERD_CONFIG": folder, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/no-bus",
        }

    def complete(self, line):
        result = subprocess.run(
            ["bash", "-c", BASH, "bash", str(FOLDER / "realserverctl.bash"), *line.split(" ")],
            stdout=subprocess.PIPE, text=True, check=True, timeout=30, env=self.environment)
        return set(result.stdout.split())

    def test_commands(self):
        self.assertLessEqual({"status", "drain", "undrain", "monitor"}, self.complete("realserverctl "))
        self.assertEqual({"drain"}, self.complete("realserverctl --json dr"))
        self.assertEqual({"drain"}, self.complete("realserverctl -H status dr"))

    def test_options_of_the_command(self):
        self.assertLessEqual({"--runtime", "--json"}, self.complete("realserverctl drain --"))
        self.assertNotIn("--runtime", self.complete("realserverctl --"))

    def test_values(self):
        self.assertEqual({"auto", "always"}, self.complete("realserverctl --color a"))
        self.assertEqual({"never"}, self.complete("realserverctl --color = n"))
        self.assertEqual({"ldirectord"}, self.complete("realserverctl director-config --format l"))

    def test_roles_are_the_files_of_conf_d_where_no_daemon_answers(self):
        self.assertEqual({"web", "mail"}, self.complete("realserverctl drain "))
        self.assertEqual({"web"}, self.complete("realserverctl drain mail w"))
        self.assertEqual(set(), self.complete("realserverctl monitor "))

    def test_roles_are_those_of_the_daemon_that_answers(self):
        self.pretend_a_daemon()
        self.assertEqual({"live", "other"}, self.complete("realserverctl drain "))

    def test_the_roles_of_another_host_are_not_those_of_this_one(self):
        self.assertEqual(set(), self.complete("realserverctl -H rs2 drain "))

    def test_the_help_of_older_and_of_newer_cli11_is_read(self):
        for text in HELPS:
            with self.subTest(text):
                (self.path / "help").write_text(text)
                self.pretend(f"cat {self.path}/help")
                self.assertEqual({"drain", "director-config"}, self.complete("realserverctl "))
                self.assertEqual({"--help", "--host", "--json"}, self.complete("realserverctl --"))

    def pretend_a_daemon(self):
        self.pretend(f"[ \"$*\" != 'status --json' ] || {{ echo '{STATUS}'; exit; }}\nexec {CONTROL} \"$@\"")

    def pretend(self, script):
        program = self.path / "realserverctl"
        program.unlink()
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)


@unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
class ZshCompletion(Completion):
    def setUp(self):
        super().setUp()
        functions = self.path / "functions"
        functions.mkdir()
        shutil.copy(FOLDER / "realserverctl.zsh", functions / "_realserverctl")

    def complete(self, line):
        found = self.path / "found"
        for file in (found, self.path / "ready", self.path / "completed"):
            file.unlink(missing_ok=True)
        subprocess.run(
            ["zsh", "-f", "-c", ZSH, "zsh", str(self.path / "functions"), line.replace(" = ", "=")],
            stdin=subprocess.DEVNULL, check=True, timeout=30, env=self.environment)
        return set(found.read_text().split()) if found.exists() else set()


if __name__ == "__main__":
    del sys.argv[1:]
    unittest.main(verbosity=2)
