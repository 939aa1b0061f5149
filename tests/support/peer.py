"""A server that answers whatever it is asked with the same bytes, or with silence."""

import socket
import threading
from contextlib import suppress


class Peer:
    def __init__(self, answer: bytes | None, *, closes: bool = True) -> None:
        """`answer` goes to every connection, which then closes or with `closes=False` stays; None: nothing is said."""
        self.accepted = threading.Event()
        self._answer = answer
        self._closes = closes and answer is not None
        self._held: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        # Closing alone would not end accept(), and one that begins as late as this would be that of whatever
        # gets the descriptor's number next.
        self._socket.shutdown(socket.SHUT_RDWR)
        for one in self._held:
            with suppress(OSError):  # the other side is gone, or it was closed
                one.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()
        for one in self._held:
            one.close()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._held.append(connection)
            self.accepted.set()
            with suppress(OSError):
                connection.recv(65536)
                connection.sendall(self._answer or b"")
            if self._closes:
                connection.close()
