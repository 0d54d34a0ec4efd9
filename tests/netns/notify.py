"""What systemd would be told."""
import os
import select
import socket
import time


class Notify:
    """The receiving end of NOTIFY_SOCKET: whatever the daemon tells systemd, line by line, in order."""

    def __init__(self, namespace, path):
        self.path = str(path)
        # Nobody reads while a test looks elsewhere, and sd_notify() waits when the queue is full: ten by default.
        with namespace:
            with open("/proc/sys/net/unix/max_dgram_qlen", "w") as file:
                file.write("10000")
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self.lines = []
        self._unread = 0

    def close(self):
        self._socket.close()

    def forget(self):
        """The next wait looks only at what is said from here on."""
        self._take()
        self._unread = len(self.lines)

    def wait(self, wanted, process, timeout):
        """The first unread line that begins with `wanted`. Raises if the process ends or nothing comes."""
        deadline = time.monotonic() + timeout
        watched = os.pidfd_open(process.pid)
        try:
            while True:
                ended = process.poll() is not None
                self._take()
                while self._unread < len(self.lines):
                    self._unread += 1
                    if self.lines[self._unread - 1].startswith(wanted):
                        return self.lines[self._unread - 1]
                if ended:
                    raise Ended(process.returncode, wanted)
                if not select.select([self._socket, watched], [], [], max(deadline - time.monotonic(), 0))[0]:
                    raise TimeoutError(f"no {wanted} within {timeout} s, only {self.lines}")
        finally:
            os.close(watched)

    def told(self, wanted):
        """Whether a line that is no older than forget() begins with `wanted`."""
        self._take()
        return any(line.startswith(wanted) for line in self.lines[self._unread:])

    def _take(self):
        while True:
            try:
                self.lines += self._socket.recv(1 << 16, socket.MSG_DONTWAIT).decode().splitlines()
            except BlockingIOError:
                return


class Ended(Exception):
    def __init__(self, status, wanted):
        super().__init__(f"exited with {status} before {wanted}")
        self.status = status
