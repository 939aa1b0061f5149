"""Uploads of a transaction that are under way."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import Any

MOST_CALLS = 32
MOST_OCTETS = 32 * 1024 * 1024


class Pipeline:
    """Lets small uploads overlap: each is started at once and waited for before anything could miss it.

    At most MOST_CALLS calls and MOST_OCTETS octets are under way. Two uploads of one path keep their order.
    The first error is kept and raised by the next `start` or by `finish`.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: deque[tuple[str, int, Any, Any]] = deque()  # path, octets, call, error handler
        self._octets = 0
        self._error: BaseException | None = None

    def start(self, session: Any, operation: Any, arguments: tuple[Any, ...], body: bytes, options: Any,
              handler: Any) -> None:
        path = arguments[2]
        with self._lock:
            while self._calls and self._must_wait(path, len(body)):
                self._end_oldest()
            self._raise()
            self._calls.append((path, len(body), session.start(operation, arguments, body, options), handler))
            self._octets += len(body)

    def wait(self) -> None:
        """All have ended; errors are kept for later."""
        with self._lock:
            while self._calls:
                self._end_oldest()

    def finish(self) -> None:
        """All have ended well. Raises the first error."""
        self.wait()
        self._raise()

    def _must_wait(self, path: str, octets: int) -> bool:
        return len(self._calls) >= MOST_CALLS or self._octets + octets > MOST_OCTETS \
            or any(other == path for other, _, _, _ in self._calls)

    def _end_oldest(self) -> None:
        from mere.exceptions import api_exception_handler

        _, octets, call, handler = self._calls.popleft()
        self._octets -= octets
        try:
            with api_exception_handler(handler):
                call.result()
        except Exception as error:
            self._error = self._error or error

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error
