"""A server that answers whatever it is asked with the same bytes, or with silence."""

import socket
import threading
from contextlib import suppress

from support.listener import Listener


class Peer:
    def __init__(self, answer: bytes | None, *, closes: bool = True) -> None:
        """`answer` goes to every connection, which then closes or with `closes=False` stays; None: nothing is said."""
        self.accepted = threading.Event()
        self._answer = answer
        self._closes = closes and answer is not None
        self._held: list[socket.socket] = []
        self._listener = Listener(self._talk)
        self.url = f"http://127.0.0.1:{self._listener.port}"

    def close(self) -> None:
        self._listener.stop()
        for one in self._held:
            with suppress(OSError):  # the other side is gone, or it was closed
                one.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._held:
            one.close()

    def _talk(self, connection: socket.socket) -> None:
        self._held.append(connection)
        self.accepted.set()
        with suppress(OSError):
            connection.recv(65536)
            connection.sendall(self._answer or b"")
        if self._closes:
            connection.close()
