"""Answers of the lake as Python's own errors: what code written for fsspec expects."""

from __future__ import annotations

import errno
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Optional

from mere.exceptions import (
    LakeFSException,
    MergeConflictException,
    ServerException,
    exception_of,
)
from mere_sdk._native import DecodeError
from mere_sdk.exceptions import OpenApiException

# What calls of the core and of the package mere raise.
FAILURES = (OpenApiException, ConnectionError, DecodeError, LakeFSException)


class _AsAnswered(OSError):
    """Reads as the lake's answer does, status first: what code written for lakefs_spec looks for."""

    def __str__(self) -> str:
        if self.filename is None or self.strerror is None:
            return str(self.strerror or super().__str__())
        return f"{self.strerror}: {self.filename!r}"


class LakePermissionError(_AsAnswered, PermissionError):
    """PermissionError of an answer 401 or 403."""


class LakeFileNotFoundError(_AsAnswered, FileNotFoundError):
    """FileNotFoundError of an answer 404 or 410."""


HTTP_CODE_TO_ERROR: dict[int, Callable[..., OSError]] = {
    400: partial(OSError, errno.EINVAL),
    401: partial(LakePermissionError, errno.EACCES),
    403: partial(LakePermissionError, errno.EACCES),
    404: partial(LakeFileNotFoundError, errno.ENOENT),
    408: partial(TimeoutError, errno.ETIMEDOUT),
    410: partial(LakeFileNotFoundError, errno.ENOENT),
    412: partial(FileExistsError, errno.EEXIST),
    416: partial(OSError, errno.EINVAL),
    420: partial(OSError, errno.EBUSY),
    423: partial(OSError, errno.EBUSY),
    429: partial(OSError, errno.EBUSY),
}


def translate_lakefs_error(
    error: ServerException,
    rpath: Optional[str] = None,
    message: Optional[str] = None,
    set_cause: bool = True,
) -> OSError:
    """The OSError, with `errno` and `filename`, that an answer of the lake stands for.

    `rpath` is the path that was asked for, `message` goes before the lake's own words; with
    `set_cause` the original is its cause.
    """
    status = error.status_code or 0
    told = error.body.get("message") if isinstance(error.body, dict) else None
    if isinstance(error, MergeConflictException):
        told = str(error)
    text = message or f"{status} {told or error.reason or ''}".rstrip()
    if error.hint and not message:
        text += f": {error.hint}"
    made = _made(HTTP_CODE_TO_ERROR.get(status, partial(OSError, errno.EIO)), text, rpath)
    if set_cause:
        made.__cause__ = error
    return made


def os_error(error: BaseException, rpath: Optional[str] = None) -> BaseException:
    """The OSError of any exception from below; what has none is answered as it is."""
    if isinstance(error, OSError) and error.errno is not None:
        if not isinstance(error, LakeFSException):
            return error  # of a local file
    known = error if isinstance(error, LakeFSException) else exception_of(error)
    if isinstance(known, ServerException):
        if known is not error:
            known.__cause__ = error
        return translate_lakefs_error(known, rpath)
    if isinstance(error, TimeoutError):
        made = _made(partial(TimeoutError, errno.ETIMEDOUT), str(error), rpath)
    elif isinstance(error, ConnectionError):
        made = _made(partial(ConnectionError, errno.ECONNABORTED), str(error), rpath)
    else:
        return error
    made.__cause__ = error
    return made


class translated:
    """A context in which what calls of the lake raise becomes the OSError that names `path`."""

    __slots__ = ("path",)

    def __init__(self, path: Optional[str] = None) -> None:
        self.path = path

    def __enter__(self) -> None: ...

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if isinstance(error, FAILURES):
            known = os_error(error, self.path)
            if known is not error:
                raise known


def status_of(error: BaseException) -> Optional[int]:
    """The HTTP status behind an error of os_error()."""
    return getattr(error.__cause__, "status_code", None)


def _made(constructor: Callable[..., OSError], text: str, rpath: Any) -> OSError:
    return constructor(text) if rpath is None else constructor(text, rpath)
