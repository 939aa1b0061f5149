"""Takes connections for servers that tests make of sockets."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class Listener:
    """On a port of loopback, until it is closed."""

    def __init__(self, on_connection: Callable[[socket.socket], None]) -> None:
        """`on_connection` is called for one connection after the other, on a thread of the listener's."""
        self._on_connection = on_connection
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No more of them; one that is being talked to goes on."""
        # Closing alone would not end accept(), and one that begins as late as this would be that of whatever
        # gets the descriptor's number next.
        with suppress(OSError):  # it was stopped before
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Also waits for the one that is being talked to."""
        self.stop()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._on_connection(connection)
