"""A client of a bus that is quicker than any program, and says on one connection what it likes: the bus keeps the order
of what one sender says."""
import os
import socket
import struct

NAME = "org.realserverd.RealServer1"
PATH = "/org/realserverd/RealServer1"
MANAGER = NAME + ".Manager"
ERROR, REPLY_SERIAL, ERROR_NAME = 3, 5, 4  # a type of messages, fields of their headers


def text(value):
    data = value.encode()
    return struct.pack("<I", len(data)) + data + b"\0"


def pad(data, to):
    return data + bytes(-len(data) % to)


def call(serial, destination, path, interface, member, *arguments, flags=0):
    """A call with arguments that are text, or {}: no options."""
    body, signature = b"", ""
    for argument in arguments:
        body = pad(body, 4)
        body, kind = (pad(body + bytes(4), 8), "a{sv}") if argument == {} else (body + text(argument), "s")
        signature += kind
    head = b""
    for code, kind, value in ((1, "o", path), (6, "s", destination), (2, "s", interface), (3, "s", member)):
        head = pad(head, 8) + bytes([code, 1]) + kind.encode() + b"\0" + text(value)
    if arguments:
        head = pad(head, 8) + bytes([8, 1]) + b"g\0" + bytes([len(signature)]) + signature.encode() + b"\0"
    return pad(b"l\1" + bytes([flags, 1]) + struct.pack("<III", len(body), serial, len(head)) + head, 8) + body


def fields(head):
    """code -> value, of the fields of a header that are text or a number."""
    found, at = {}, 0
    while at < len(head):
        at += -at % 8
        code, kind = head[at], head[at + 2:at + 3]
        at += 4
        if kind == b"g":
            at += head[at] + 2
            continue
        at += -at % 4
        number, = struct.unpack_from("<I", head, at)
        at += 4
        if kind == b"u":
            found[code] = number
        else:
            found[code] = head[at:at + number].decode()
            at += number + 1
    return found


class Client:
    """`user`: whom it says it is; None leaves that to the kernel, which knows."""

    def __init__(self, address, user=os.getuid()):
        self._bus = socket.socket(socket.AF_UNIX)
        self._bus.settimeout(30)
        self._bus.connect(address.removeprefix("unix:path="))
        who = b"" if user is None else b" " + str(user).encode().hex().encode()
        self._bus.sendall(b"\0AUTH EXTERNAL" + who + b"\r\n" + (b"DATA\r\n" if user is None else b""))
        while not (line := self._line()).startswith(b"OK "):
            if not line.startswith(b"DATA"):
                raise PermissionError(line.decode())
        self._bus.sendall(b"BEGIN\r\n")
        self._serial = 0
        self.ask("Hello", destination="org.freedesktop.DBus", path="/org/freedesktop/DBus", interface="org.freedesktop.DBus")

    def close(self):
        self._bus.close()

    def ask(self, member, *arguments, destination=NAME, path=PATH, interface=MANAGER):
        """The name of the error; empty: there is none."""
        return self.ask_all([(member, *arguments)], destination, path, interface)[0]

    def ask_all(self, calls, destination=NAME, path=PATH, interface=MANAGER):
        """The same of many calls, all sent before anything is heard."""
        first = self._serial + 1
        self._serial += len(calls)
        sent = [call(number, destination, path, interface, *words) for number, words in enumerate(calls, first)]
        self._bus.sendall(b"".join(sent))
        answers = {}
        while len(answers) < len(calls):
            kind, found = self._message()
            if found.get(REPLY_SERIAL, 0) >= first:
                answers[found[REPLY_SERIAL]] = found[ERROR_NAME] if kind == ERROR else ""
        return [answers[number] for number in sorted(answers)]

    def _line(self):
        data = b""
        while not data.endswith(b"\r\n"):
            data += self._take(1)
        return data

    def _message(self):
        begin = self._take(16)
        body, head = struct.unpack_from("<I4xI" if begin[:1] == b"l" else ">I4xI", begin, 4)
        found = fields(self._take(head))
        self._take(-head % 8 + body)
        return begin[1], found

    def _take(self, count):
        data = b""
        while len(data) < count:
            block = self._bus.recv(count - len(data))
            if not block:
                raise ConnectionError("the bus has hung up")
            data += block
        return data
