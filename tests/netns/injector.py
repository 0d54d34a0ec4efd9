"""The system call injector (syscall_injector.cpp) between a daemon and the kernel."""
import collections
import contextlib
import functools
import os
import re
import select
import socket
import subprocess

State = collections.namedtuple("State", "calls call ordinal fate idle open")
LINE = re.compile(r"calls (\d+) hit (-?\d+) (\d+) (\w+) idle (\d+) open (.*)")


@functools.cache
def call_names():
    """number -> name of this machine's system calls."""
    macros = subprocess.run(["cc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c", "/dev/null"],
                            capture_output=True, text=True, check=True).stdout
    return {int(number): name for name, number in re.findall(r"#define __NR_(\w+) (\d+)$", macros, re.MULTILINE)}


class Injector:
    """Of one life of one daemon, as whose `injector` it is set before the start. Orders given by then count from the
    first call."""

    def __init__(self, vips, device):
        self._control, self._its_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.descriptors = (self._its_end.fileno(),)
        self.command = (os.environ["SYSCALL_INJECTOR"], str(self._its_end.fileno()), ",".join(vips), device)
        self._last = State(0, -1, 0, "none", 0, "")

    def close(self):
        self._control.close()
        self._its_end.close()

    def arm(self, point, error, which):
        """Kills the daemon at its call number `point` from here, or fails that call if there is an `error`. Which
        calls count: "every", "sends", "files" (those that write what a disk holds), or "changed": those before which
        something outside of the process may have become different."""
        self._control.send(f"arm {point} {error} {which}".encode())

    def started(self):
        """Nobody but the process holds its end from here on: when it ends, this is seen."""
        self._its_end.close()

    def state(self):
        """What it has to say, or has said last if there is nobody any more."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._control.send(b"state")
        if not select.select([self._control], [], [], 20)[0]:
            raise TimeoutError("the injector does not answer")
        while text := self._receive():
            numbers = LINE.fullmatch(text)
            self._last = State(*map(int, numbers.group(1, 2, 3)), numbers[4], int(numbers[5]), numbers[6])
        return self._last

    def _receive(self):
        """A line; empty if there is none now, or there will never be one again."""
        try:
            return self._control.recv(4096, socket.MSG_DONTWAIT).decode()
        except ConnectionResetError:  # said once, by an injector that had not read all; what it said comes after that
            return self._receive()
        except BlockingIOError:
            return ""
