"""A server that breaks bodies off: what is read is whole, or an error; never short."""

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

mere = pytest.importorskip("mere")
pytest.importorskip("mere_sdk._native")

from mere.exceptions import TransportException  # noqa: E402
from support.listener import Listener  # noqa: E402

CONTENT = bytes(range(256)) * 20_000


class CuttingServer:
    """Serves CONTENT with ranges; `cut` says how much of a body of some length is sent before the
    connection ends.
    """

    def __init__(self, cut: Callable[[int], int]) -> None:
        self._cut = cut
        self._listener = Listener(self._accept)
        self.url = f"http://127.0.0.1:{self._listener.port}"

    def _accept(self, connection: socket.socket) -> None:
        threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                data = connection.recv(65536)
                if not data:
                    return
                request += data
            wanted = re.search(rb"range: bytes=(\d+)-(\d*)", request, re.IGNORECASE)
            start = int(wanted[1]) if wanted else 0
            end = min(int(wanted[2]) + 1, len(CONTENT)) if wanted and wanted[2] else len(CONTENT)
            status = "206 Partial Content" if wanted else "200 OK"
            head = f"HTTP/1.1 {status}\r\nContent-Length: {end - start}\r\n"
            head += 'ETag: "e"\r\nConnection: close\r\n'
            if wanted:
                head += f"Content-Range: bytes {start}-{end - 1}/{len(CONTENT)}\r\n"
            try:
                connection.sendall(
                    head.encode() + b"\r\n" + CONTENT[start : start + self._cut(end - start)]
                )
            except OSError:
                pass

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def served() -> Iterator[Callable[[Callable[[int], int]], "mere.StoredObject"]]:
    servers = []

    def serve(cut: Callable[[int], int]) -> "mere.StoredObject":
        servers.append(CuttingServer(cut))
        client = mere.Client(host=servers[-1].url, username="a", password="b")
        return mere.repository("r", client).ref("main").object("o")

    yield serve
    for server in servers:
        server.close()


def test_a_long_body_that_breaks_off_again_and_again_is_resumed(served) -> None:
    broken = served(lambda length: length if length <= 1_000_000 else 900_000)

    with broken.reader(pre_sign=False) as file:
        assert b"".join(iter(lambda: file.read(50_000), b"")) == CONTENT


def test_a_whole_read_that_breaks_off_is_resumed(served) -> None:
    broken = served(lambda length: length if length <= 1_000_000 else 900_000)

    assert broken.reader(pre_sign=False).read() == CONTENT


def test_a_body_that_never_comes_is_an_error(served) -> None:
    hopeless = served(lambda length: 0)

    with pytest.raises(TransportException):
        hopeless.reader(pre_sign=False).read()
    with pytest.raises(TransportException):
        hopeless.reader(pre_sign=False).read(10)


def test_the_async_reader_resumes_too(served) -> None:
    from mere import aio

    broken = served(lambda length: length if length <= 1_000_000 else 900_000)

    async def read() -> bytes:
        async with aio.Client(
            host=broken._client.config.host, username="a", password="b"
        ) as client:
            pieces = []
            async with (
                aio.repository("r", client).ref("main").object("o").reader(pre_sign=False) as file
            ):
                while piece := await file.read(50_000):
                    pieces.append(piece)
            return b"".join(pieces)

    assert asyncio.run(read()) == CONTENT
