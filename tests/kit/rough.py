"""A server that misbehaves on purpose, on real sockets, in each way a network can.

`WAYS` are its manners; each knows whether a request may have been worked on there.
"""

import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PATIENCE = 5  # seconds; nobody waits so long unless something is wrong


@dataclass
class Rough:
    """The running server: where it is, and the requests whose head it has read."""

    port: int
    heard: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


Manner = Callable[[socket.socket, Rough], None]


def read_head(connection: socket.socket, server: Rough) -> bytes:
    """Everything up to the body; the first line is noted."""
    connection.settimeout(PATIENCE)
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(4096)
        if not piece:
            break
        head += piece
    if head:
        server.heard.append(head.split(b"\r\n")[0].decode("latin-1"))
    return head


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def never_answers(connection: socket.socket, server: Rough) -> None:
    read_head(connection, server)
    server.released.wait(PATIENCE)


def never_reads(connection: socket.socket, server: Rough) -> None:
    server.released.wait(PATIENCE)


def closes_unheard(connection: socket.socket, server: Rough) -> None:
    connection.close()


def resets_half_heard(connection: socket.socket, server: Rough) -> None:
    connection.recv(1)  # before that, the caller may still be connecting
    reset(connection)


def closes_after_hearing(connection: socket.socket, server: Rough) -> None:
    read_head(connection, server)
    connection.close()


def resets_after_hearing(connection: socket.socket, server: Rough) -> None:
    read_head(connection, server)
    reset(connection)


def says(answer: bytes) -> Manner:
    """Hear the request, write these bytes, and close."""

    def answers(connection: socket.socket, server: Rough) -> None:
        read_head(connection, server)
        with suppress(OSError):
            connection.sendall(answer)
        connection.close()

    return answers


def drips(connection: socket.socket, server: Rough) -> None:
    read_head(connection, server)
    with suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not server.released.wait(0.05):
            connection.sendall(b"x")


def response(body: bytes, *, length: int | None = None, more: str = "") -> bytes:
    size = len(body) if length is None else length
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n{more}\r\n"
    return head.encode() + body


WAYS: dict[str, Manner] = {
    "hears and never answers": never_answers,
    "never reads": never_reads,
    "closes unheard": closes_unheard,
    "resets half heard": resets_half_heard,
    "closes after hearing": closes_after_hearing,
    "resets after hearing": resets_after_hearing,
    "closes inside the status line": says(b"HTTP/1.1 2"),
    "closes inside the headers": says(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "closes inside the body": says(response(b'{"success": tr', length=200)),
    "closes inside a chunk": says(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{}"
    ),
    "speaks another protocol": says(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "says nonsense headers": says(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
    "packs badly": says(response(b"not gzip", more="Content-Encoding: gzip\r\n")),
    "sends half a package": says(
        response(
            gzip.compress(b"x" * 5000)[:20],
            length=5000,
            more="Content-Encoding: gzip\r\n",
        )
    ),
    "drips": drips,
}


@contextmanager
def rough_server(manner: Manner) -> Iterator[Rough]:
    """A server with these manners, for as long as the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        server = Rough(listener.getsockname()[1])
        threads = [threading.Thread(target=_serve, args=(listener, server, manner))]
        threads[0].start()
        try:
            yield server
        finally:
            server.released.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            threads[0].join(PATIENCE)


def _serve(listener: socket.socket, server: Rough, manner: Manner) -> None:
    while not server.released.is_set():
        try:
            connection, _address = listener.accept()
        except OSError:
            return
        with connection, suppress(OSError, ssl.SSLError):
            manner(connection, server)


@contextmanager
def nobody_listens() -> Iterator[Rough]:
    """An address at which nothing runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield Rough(free.getsockname()[1])


@contextmanager
def crowded() -> Iterator[Rough]:
    """A server whose queue of callers is full: connecting takes for ever."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _caller in range(3)]
        for caller in waiting:
            caller.setblocking(False)
            with suppress(BlockingIOError):
                caller.connect(("127.0.0.1", port))
        try:
            yield Rough(port)
        finally:
            for caller in waiting:
                caller.close()


@contextmanager
def _tls(manner: Manner) -> Iterator[Rough]:
    with rough_server(manner) as server:
        server.scheme = "https"
        yield server


# A connection is never made, so not one byte of a request leaves.
NOT_REACHED = {
    "nobody listens": nobody_listens,
    "the queue of callers is full": crowded,
    "TLS is answered in plain text": lambda: _tls(says(response(b"{}"))),
    "TLS is never answered": lambda: _tls(never_reads),
    "TLS is cut off": lambda: _tls(closes_unheard),
    "TLS is reset": lambda: _tls(resets_half_heard),
}
