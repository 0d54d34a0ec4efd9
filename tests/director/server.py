"""Servers that answer whatever a test wants."""
import contextlib
import socket
import threading


def reply(status, body):
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


STATES = {f"/health/{state}": reply("200 OK" if state == "serving" else "503 Unavailable", state + "\n")
          for state in ("serving", "draining", "drained", "unhealthy", "degraded", "stopped")}


class Server:
    """Listens on `address`; `answer(connection, path)` does the rest in a thread."""

    def __init__(self, answer, address="127.0.0.1"):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.bind((address, 0))
        self.listener.listen(16)
        self.port = self.listener.getsockname()[1]
        self.requests = []
        self.answer = answer
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.converse, args=(connection,), daemon=True).start()

    def converse(self, connection):
        with contextlib.suppress(OSError), connection:
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                received = connection.recv(4096)
                if not received:
                    return
                request += received
            self.requests.append(request.decode())
            self.answer(self, connection, request.split()[1].decode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes accept(); a bare close() would not
        self.thread.join()
        self.listener.close()


def states(_, connection, path):
    connection.sendall(STATES.get(path) or reply("404 Not Found", "no such role\n"))


def sends(data):
    return lambda _, connection, __: connection.sendall(data)
