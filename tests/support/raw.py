"""Connections whose every byte the test decides, and what comes back on them."""

import base64
import select
import socket
from dataclasses import dataclass, field

from support import keys
from support.poll import patience
from support.server import Server

BASIC = base64.b64encode(f"{keys.ACCESS_KEY}:{keys.SECRET_KEY}".encode()).decode()
HOST = "lake.test"


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)  # names in lower case
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


def connect(server: Server) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=patience(30))


def head(method: str, target: str, *fields: str, authorized: bool = True) -> bytes:
    """A request's head; `fields` are whole lines without their end."""
    lines = [
        f"{method} {target} HTTP/1.1",
        f"Host: {HOST}",
        *([f"Authorization: Basic {BASIC}"] if authorized else []),
        *fields,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def _read_to_end(connection: socket.socket) -> bytes:
    received = bytearray()
    try:
        while part := connection.recv(1 << 16):
            received += part
    except ConnectionResetError:  # it read less than was sent; what it answered has come
        pass
    return bytes(received)


def parse(data: bytes, methods: tuple[str, ...] = ()) -> list[Answer]:
    """The answers in `data`; `methods` are those asked for, where HEAD is among them."""
    answers: list[Answer] = []
    while data:
        block, separator, data = data.partition(b"\r\n\r\n")
        assert separator, f"a head that does not end: {block[:200]!r}"
        first, *lines = block.decode("latin-1").split("\r\n")
        protocol, status, _ = first.split(" ", 2)
        assert protocol == "HTTP/1.1", first
        headers = []
        for line in lines:
            name, colon, value = line.partition(":")
            assert colon and name.strip() == name and name, f"a broken line in the head: {line!r}"
            headers.append((name.lower(), value.strip()))
        answer = Answer(int(status), headers)
        method = methods[len(answers)] if len(answers) < len(methods) else "GET"
        if answer.status >= 200:
            answers.append(answer)
        if answer.status < 200 or answer.status in (204, 304) or method == "HEAD":
            continue
        if answer.header("transfer-encoding") == "chunked":
            while True:
                size, _, data = data.partition(b"\r\n")
                count = int(size, 16)
                answer.body, data = answer.body + data[:count], data[count + 2 :]
                if count == 0:
                    break
        else:
            length = int(answer.header("content-length") or len(data))
            answer.body, data = data[:length], data[length:]
    return answers


def exchange(server: Server, data: bytes, *, methods: tuple[str, ...] = (), half_close: bool = True) -> list[Answer]:
    """Sends `data`, says that nothing follows unless told not to, and reads until the server closes."""
    with connect(server) as connection:
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):  # refused before all of it was read
            pass
        return parse(_read_to_end(connection), methods)


def trickle(connection: socket.socket, piece: bytes, seconds: float) -> list[Answer]:
    """Sends `piece` again and again, each time after a short look whether the server has answered."""
    for _ in range(int(patience(seconds) / 0.05)):
        readable, _, _ = select.select([connection], [], [], 0.05)
        if readable:
            return parse(_read_to_end(connection))
        try:
            connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            return parse(_read_to_end(connection))
    raise AssertionError(f"no answer in {patience(seconds):g} s")
