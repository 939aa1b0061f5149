"""Uploads of a transaction that are under way."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import Any, Optional

from mere.exceptions import api_exception_handler

MOST_CALLS = 32
MOST_OCTETS = 32 * 1024 * 1024


class Window:
    """Which uploads are under way, and whether one more may start.

    At most MOST_CALLS calls and MOST_OCTETS octets are under way. Two uploads of one path keep
    their order. The first error is kept.
    """

    def __init__(self) -> None:
        self.calls: deque[tuple[str, int, Any, Any]] = deque()  # path, octets, call, error handler
        self._octets = 0
        self._error: Optional[BaseException] = None

    def must_wait(self, path: str, octets: int) -> bool:
        return (
            len(self.calls) >= MOST_CALLS
            or self._octets + octets > MOST_OCTETS
            or any(other == path for other, _, _, _ in self.calls)
        )

    def add(self, path: str, octets: int, call: Any, handler: Any) -> None:
        self.calls.append((path, octets, call, handler))
        self._octets += octets

    def take_oldest(self) -> tuple[Any, Any]:
        """Its call and error handler."""
        _, octets, call, handler = self.calls.popleft()
        self._octets -= octets
        return call, handler

    def keep(self, error: BaseException) -> None:
        self._error = self._error or error

    def raise_first(self) -> None:
        if self._error is not None:
            raise self._error


class Pipeline:
    """Lets small uploads overlap: each is started at once and waited for before anything could miss
    it.

    The first error is raised by the next `start` or by `finish`.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._window = Window()

    def start(
        self,
        session: Any,
        operation: Any,
        arguments: tuple[Any, ...],
        body: bytes,
        options: Any,
        handler: Any,
    ) -> None:
        path = arguments[2]
        with self._lock:
            while self._window.calls and self._window.must_wait(path, len(body)):
                self._end_oldest()
            self._window.raise_first()
            self._window.add(
                path, len(body), session.start(operation, arguments, body, options), handler
            )

    def wait(self) -> None:
        """All have ended; errors are kept for later."""
        with self._lock:
            while self._window.calls:
                self._end_oldest()

    def finish(self) -> None:
        """All have ended well. Raises the first error."""
        self.wait()
        self._window.raise_first()

    def _end_oldest(self) -> None:
        call, handler = self._window.take_oldest()
        try:
            with api_exception_handler(handler):
                call.result()
        except Exception as error:
            self._window.keep(error)
