"""What `Configuration.debug` shows: a line for each call, and one for what came of it."""

from __future__ import annotations

import logging
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mere_sdk._native import Session

logger = logging.getLogger("mere_sdk")

_CALLS = ("call", "respond", "stream", "start", "pages")
_REQUESTS = ("request", "request_stream")
_MANY = ("call_many", "download_many", "upload_many")
_numbers = count(1)


class LoggedSession:
    """A session that tells the log what it is asked. Credentials and bodies are not told."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._session, name)
        plain = name.removesuffix("_async")
        if plain in _CALLS:
            return _logged(found, name, lambda args: f"{args[0].name}{args[1]!r}")
        if plain in _REQUESTS:
            # Behind the question mark of a pre-signed address are credentials.
            return _logged(found, name, lambda args: f"{args[0]} {args[1].partition('?')[0]}")
        if plain in _MANY:
            return _logged(found, name, lambda args: f"{args[0].name}, {len(args[1])} times")
        return found


def _logged(method: Any, name: str, what: Any) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        number, start = next(_numbers), perf_counter()
        logger.debug("#%d %s: %s", number, name, what(args))
        try:
            answer = method(*args, **kwargs)
        except BaseException as error:
            _tell(number, start, error)
            raise
        if name.endswith("_async"):
            answer.add_done_callback(lambda done: _tell(number, start, _of_future(done)))
        else:
            _tell(number, start, answer)
        return answer

    return call


def _of_future(done: Any) -> Any:
    if done.cancelled():
        return "cancelled"
    return done.exception() or done.result()


def _tell(number: int, start: float, answer: Any) -> None:
    if isinstance(answer, BaseException):
        text = f"{type(answer).__name__} {getattr(answer, 'status', '') or ''}".rstrip()
    else:
        text = str(getattr(answer, "status", None) or type(answer).__name__)
    logger.debug("#%d: %s after %.1f ms", number, text, (perf_counter() - start) * 1000)
