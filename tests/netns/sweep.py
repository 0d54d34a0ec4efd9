"""One host on which a daemon starts, stops, reloads, drains, undrains or repairs, with a fault at one of its system
calls, and what has to hold then whatever became of it."""
import collections
import contextlib
import os
import signal
import subprocess
import time

import support
from injector import Injector, call_names
from namespace import VIP, difference
from notify import Ended
from sweep_host import BOUND, BOUND_CHANGED, CHANGED, MANY, MEDIA, OTHER, ROLES, UNGUARDED

ERRORS = ("EIO", "ENOSPC", "ENOMEM", "EMFILE", "EPERM", "EROFS", "EINTR", "ENOBUFS")
GUARD = "+guard"
IDLE = 25  # ms without a system call; nothing the daemon does by itself takes as long
PATIENCE = 30  # s; a hang is longer
HEALING = 40  # s; the longest back-off is 30 s

Outcome = collections.namedtuple("Outcome", "action point error which call fate ended bound calls findings")


class Course:
    """One fault, from a clean host to a clean host: at which call, which error (0: a kill), and which calls count. With
    `action` and GUARD, the guard is in force."""

    def __init__(self, host, action, point, error, which):
        self.host, self.server, self.daemon = host, host.server, host.daemon
        self.action, self.point, self.error, self.which = action.removesuffix(GUARD), point, error, which
        self.guard = GUARD if action.endswith(GUARD) else ""
        self.findings = []
        self.ended = self.at_kill = self.order = None

    def run(self):
        self.reset()
        self.injector = Injector((VIP, OTHER, MANY, MEDIA), "eth0")
        with contextlib.closing(self.injector):
            self.carry_out()
            self.follow()
            self.finish_order()
            state = self.injector.state()
        if state.open:
            self.findings.append(f"ARP open: {state.open}")
        self.daemon.injector = None
        if not self.untouched():
            self.start_and_stop()
            self.compare()
        if self.findings:
            self.findings.append(self.daemon.log()[-3000:])
        call = f"{call_names().get(state.call, state.call)} {state.ordinal}" if state.fate != "none" else ""
        return Outcome(self.action + self.guard, self.point, self.error, self.which, call, state.fate, self.ended, self.at_kill,
                       self.calls, self.findings)

    def reset(self):
        for folder in (self.daemon.runtime, self.daemon.state):
            for file in folder.iterdir():
                file.unlink()
        self.daemon.log_path.write_text("")
        self.configure(ROLES)

    def configure(self, roles):
        for file in (self.daemon.config / "conf.d").iterdir():
            file.unlink()
        for name, text in roles.items():
            self.daemon.write_role(name, text.replace(UNGUARDED, "") if self.guard else text)
            os.utime(self.daemon.config / "conf.d" / f"{name}.toml", (0, 0))  # what is new is waited for

    def carry_out(self):
        """Everything up to where nothing more comes of the action."""
        self.daemon.injector = self.injector
        if self.action == "start":
            self.injector.arm(self.point, self.error, self.which)
        self.daemon.spawn()
        self.injector.started()
        if self.action != "start":
            self.daemon.notify.wait("READY=1", self.daemon.process, PATIENCE)
            if self.action == "undrain":
                self.daemon.control("drain", "web", "--no-wait")
            self.until(lambda state: state.idle >= IDLE)
            self.daemon.notify.forget()
            self.injector.arm(self.point, self.error, self.which)
        done = ACTIONS[self.action](self)
        over = self.until(lambda state: (done() or state.fate != "none") and state.idle >= IDLE)
        if not over:
            self.findings.append(f"not over after {PATIENCE} s: {self.injector.state()}")
        self.calls = self.injector.state().calls
        if self.action != "stop" and self.injector.state().fate == "none" and not done():
            self.findings.append("the action did not come to its end, and nothing was injected")

    def until(self, holds):
        """Until the daemon has ended or `holds`; False if neither happens."""
        deadline = time.monotonic() + PATIENCE
        while self.daemon.process.poll() is None and not holds(self.injector.state()):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.003)  # what the injector writes in memory has no event
        return True

    def follow(self):
        """A daemon that lives heals, and stops when it is told to."""
        process = self.daemon.process
        self.at_kill = bool(self.host.bound())
        if process.poll() is None:
            if self.action != "stop":
                self.heal()
            self.daemon.send(signal.SIGTERM)
            try:
                self.ended = process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.findings.append(f"does not stop: {self.injector.state()}")
                self.daemon.kill()
                process.wait()
            else:
                if self.ended == 0:
                    self.compare()
        else:
            self.ended = process.returncode
        if self.error and self.ended is not None and self.ended >= 128:
            self.findings.append(f"ended by signal {self.ended - 128}")

    def heal(self):
        begin = time.monotonic()
        while self.host.bound() not in self.allowed():
            if self.daemon.process.poll() is not None:
                return
            if time.monotonic() > begin + HEALING:
                self.findings.append(f"lives, but holds {self.host.bound()}")
                return
            time.sleep(0.01)  # the injector holds up calls: what is bound is asked, not heard of

    def allowed(self):
        """A reload is carried out, or the running configuration stays."""
        return [BOUND, BOUND_CHANGED] if self.action == "reload" else [BOUND]

    def finish_order(self):
        """Whoever gave an order learns that nobody is there any more."""
        if self.order:
            try:
                self.order.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                self.findings.append("realserverctl waits for a daemon that has ended")
                self.order.kill()
                self.order.communicate()

    def untouched(self):
        """The next start is any start: the host is as it was, and nothing is noted."""
        noted = [file.name for folder in (self.daemon.runtime, self.daemon.state) for file in folder.iterdir()]
        return noted in ([], ["lock"]) and not self.changes()

    def start_and_stop(self):
        """The next start converges, and its stop restores what was before the first one."""
        self.daemon.notify.forget()
        try:
            self.daemon.spawn()
            self.daemon.notify.wait("READY=1", self.daemon.process, PATIENCE)
            found, wanted = self.host.bound(), BOUND_CHANGED if self.action == "reload" else BOUND
            if found != wanted:
                self.findings.append(f"the next start binds {found}")
            if hazards := support.hazards(self.server):
                self.findings.append(f"the next start leaves {hazards}")
            if self.guard and VIP not in self.server.run("nft", "list", "table", "arp", "realserverd", check=False):
                self.findings.append("the next start puts no guard up")
            self.daemon.stop(PATIENCE)
        except (Ended, RuntimeError, TimeoutError, subprocess.TimeoutExpired) as problem:
            self.findings.append(f"the next start or stop: {problem}")
            if self.daemon.process.poll() is None:
                self.daemon.kill()

    def changes(self):
        return difference(self.host.before, self.server.snapshot(nftables=self.guard != ""))

    def compare(self):
        if changes := self.changes():
            self.findings.append(f"not as it was:\n{changes}")


# What begins each action, and returns what tells that it is over.

def _start(course):
    return lambda: course.daemon.notify.told("READY=1")


def _stop(course):
    course.daemon.send(signal.SIGTERM)
    return lambda: False  # by its end alone


def _reload(course):
    course.configure(CHANGED)
    course.daemon.send(signal.SIGHUP)
    return lambda: course.daemon.notify.told("READY=1")


def _drain(course):
    return _order(course, "drain")


def _undrain(course):
    return _order(course, "undrain")


def _order(course, word):
    course.order = course.daemon.control_start(word, "web", "--no-wait")
    return lambda: course.order.poll() is not None


def _repair(course):
    """What is taken away is nothing that ARP's silence depends on: that has two layers."""
    server = course.server
    server.sysctl("all", "arp_ignore", 0)
    server.run("ip", "-batch", "-", text=f"addr del {VIP}/32 dev lo\nroute del blackhole {VIP}\nrule del from {VIP}\n"
               "route del local 198.51.100.0/24 dev lo table local\n")
    return lambda: course.host.bound() == BOUND and server.sysctl("all", "arp_ignore") == 1


ACTIONS = {"start": _start, "stop": _stop, "reload": _reload, "drain": _drain, "undrain": _undrain, "repair": _repair}
