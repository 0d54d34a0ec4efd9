"""Many bytes over one connection, cheaply: every process of the guest shares one slow processor."""
import contextlib
import os
import socket
import struct
import tempfile
import threading
import time
import zlib

PIECE = bytes(range(251)) * 4096  # 1 MB that no shift by less than itself leaves alike
BUFFER = 1 << 20
LIMIT = 40  # seconds: a trickle is no transfer


class Cargo:
    """`size` bytes in a file, each megabyte of which begins with its own number."""

    def __init__(self, size):
        self.size, self.sum = size, 0
        self._file = tempfile.TemporaryFile()
        for start in range(0, size, len(PIECE)):
            piece = (b"%16d" % start + PIECE[16:])[:size - start]
            self.sum = zlib.crc32(piece, self.sum)
            self._file.write(piece)
        self._file.flush()

    def close(self):
        self._file.close()

    def send(self, connection):
        """All of it, if the other side takes it before its patience ends."""
        sent = 0
        with contextlib.suppress(OSError):
            while sent < self.size:
                sent += os.sendfile(connection.fileno(), self._file.fileno(), sent, self.size - sent)

    def receive(self, connection, patience):
        """How many bytes came until nothing did for `patience` seconds; raises if they are not those that were sent."""
        connection.settimeout(patience)
        buffer = memoryview(bytearray(BUFFER))
        received, total, end = 0, 0, time.monotonic() + LIMIT
        with contextlib.suppress(TimeoutError):
            while received < self.size and time.monotonic() < end and (count := connection.recv_into(buffer)):
                received, total = received + count, zlib.crc32(buffer[:count], total)
        if received >= self.size and (received, total) != (self.size, self.sum):
            raise ValueError(f"{received} bytes with the sum {total:#x} came, not {self.size} with {self.sum:#x}")
        return received

    def carry(self, sender, receiver, patience=3):
        """How many bytes get from one end of a connection to the other."""
        sender.settimeout(None)
        thread = threading.Thread(target=self.send, args=(sender,))
        thread.start()
        try:
            return self.receive(receiver, patience)
        finally:
            # Ends what hangs, and leaves nothing in the kernel that would keep a namespace.
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with contextlib.suppress(OSError):
                sender.shutdown(socket.SHUT_RDWR)
            thread.join()
