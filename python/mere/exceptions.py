"""The exceptions of this package, and how the server's answers become them.

Each has a `code` that stays the same between versions. Those with a counterpart among Python's own
errors are also that: `except FileNotFoundError` catches a missing object.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Optional

from mere_sdk._headers import Headers
from mere_sdk.exceptions import ApiException


class LakeFSException(Exception):
    """The base of all of them."""

    code: ClassVar[str] = "error"


class ServerException(LakeFSException):
    """The server answered with an error. `body` is its JSON, `{}` if it was none; `hint` says what is
    missing and how to see what is there, if that is known.
    """

    code = "server_error"
    hint: str = ""
    status_code: Optional[int]
    reason: Optional[str]
    body: Any
    headers: dict[str, str]

    def __init__(
        self,
        status: Optional[int] = None,
        reason: Optional[str] = None,
        body: str | bytes | None = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> None:
        self.status_code = status
        self.reason = reason
        self.headers = dict(headers) if headers is not None else {}
        self.body = _decoded(body)

    def __str__(self) -> str:
        text = f"code: {self.status_code}, reason: {self.reason}, body: {self.body}"
        return f"{text}: {self.hint}" if self.hint else text

    def _told(self, missing: Optional[tuple[str, str]]) -> None:
        """`lakefs://…` of what is missing, and the hint."""
        if missing is not None:
            self.hint = missing[1]

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions cross processes (DataLoader workers, multiprocessing); the inherited form would
        # lose all fields.
        import json

        body = json.dumps(self.body) if self.body != {} else None
        arguments = (self.status_code, self.reason, body, self.headers)
        return type(self), arguments, {"hint": self.hint} if self.hint else None


def _decoded(body: str | bytes | None) -> Any:
    if not body:
        return {}
    import json

    try:
        return json.loads(body)
    except ValueError:
        import logging

        logging.getLogger(__name__).debug("an error's body that is no JSON: %r", body[:1000])
        return {}


class _SystemError(ServerException, OSError):
    """A server's answer that has an `errno`."""

    _errno: ClassVar[int] = errno.EIO

    def __init__(
        self,
        status: Optional[int] = None,
        reason: Optional[str] = None,
        body: str | bytes | None = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> None:
        super().__init__(status, reason, body, headers)
        self.errno = self._errno

    def _told(self, missing: Optional[tuple[str, str]]) -> None:
        super()._told(missing)
        if missing is not None:
            self.filename = missing[0]

    def __reduce__(self) -> tuple[Any, ...]:
        make, arguments, state = super().__reduce__()
        return make, arguments, {**(state or {}), "filename": self.filename}


class NotFoundException(_SystemError, FileNotFoundError):
    """No such repository, branch, tag, ref, commit or object: `filename` is its `lakefs://…`."""

    code = "not_found"
    _errno = errno.ENOENT


class ForbiddenException(_SystemError, PermissionError):
    """Not allowed there: a protected branch, a read-only repository."""

    code = "forbidden"
    _errno = errno.EPERM


class NoAuthenticationFound(LakeFSException):
    """Neither arguments, environment nor configuration file say how to log in."""

    code = "no_authentication"


class UnsupportedCredentialsProviderType(LakeFSException):
    """A `credentials.provider.type` that is not known."""

    code = "unsupported_provider"


class InvalidEnvVarFormat(LakeFSException):
    """An environment variable that cannot be read."""

    code = "invalid_environment"


class BadRequestException(ServerException):
    """The server did not accept the request as it was."""

    code = "invalid"


class NotAuthorizedException(_SystemError, PermissionError):
    """Credentials are missing, wrong, or do not allow this."""

    code = "unauthorized"
    _errno = errno.EACCES


class UnsupportedOperationException(ServerException):
    """The server does not offer this."""

    code = "unsupported"


class ConflictException(ServerException):
    """It exists already, or a merge found conflicts."""

    code = "conflict"


class MergeConflictException(ConflictException):
    """A merge found objects that both sides changed.

    `conflicts` are their paths, as far as they were looked for.
    """

    def __init__(
        self,
        status: Optional[int] = None,
        reason: Optional[str] = None,
        body: str | bytes | None = None,
        headers: Optional[Mapping[str, str]] = None,
        *,
        source: str = "",
        destination: str = "",
        conflicts: Sequence[str] = (),
    ) -> None:
        super().__init__(status, reason, body, headers)
        self.source = source
        self.destination = destination
        self.conflicts = list(conflicts)

    def __str__(self) -> str:
        return (
            f"Conflict: {self.source} cannot be merged into {self.destination}: both changed "
            f"{_some_of(self.conflicts)}. Make them agree, or merge with strategy='source-wins' or "
            "strategy='dest-wins'"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        make, arguments, _ = super().__reduce__()
        named = {n: vars(self)[n] for n in ("source", "destination", "conflicts")}
        return partial(make, **named), arguments


def _some_of(conflicts: Sequence[str]) -> str:
    """A few of the paths, for people."""
    if not conflicts:
        return "the same objects (`diff` shows them with the type 'conflict')"
    more = len(conflicts) - _SHOWN
    return ", ".join(conflicts[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


_SHOWN = 5


class ObjectNotFoundException(NotFoundException):
    """No such object."""

    code = "object_not_found"


class ObjectExistsException(_SystemError, FileExistsError):
    """A mode with `x` met an object that exists."""

    code = "object_exists"
    _errno = errno.EEXIST


class PermissionException(NotAuthorizedException):
    """Reading or writing an object is not allowed."""

    code = "permission_denied"


class InvalidRangeException(_SystemError):
    """A read began behind the object's end. `size` is the object's, if the server told it."""

    code = "invalid_range"
    _errno = errno.EINVAL

    def __init__(
        self,
        status: Optional[int] = None,
        reason: Optional[str] = None,
        body: str | bytes | None = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> None:
        super().__init__(status, reason, body, headers)
        self.size: Optional[int] = None
        content_range = header(self.headers, "Content-Range") or ""
        if content_range.startswith("bytes */") and content_range[8:].isdigit():
            self.size = int(content_range[8:])


class ObjectChangedException(LakeFSException, OSError):
    """The object was written anew while it was read: what was read belongs to the old content."""

    code = "object_changed"


class TransportException(LakeFSException, ConnectionError):
    """The lake could not be reached, or the connection broke and could not be resumed."""

    code = "unavailable"


class TransportTimeoutException(TransportException, TimeoutError):
    """The lake did not answer in time."""

    code = "timeout"


class ImportManagerException(LakeFSException):
    """An import failed, or its manager was used out of order."""

    code = "import_failed"


class TransactionException(LakeFSException):
    """A transaction could not be committed or merged."""

    code = "transaction_failed"


_BY_STATUS: dict[int, type[ServerException]] = {
    400: BadRequestException,
    401: NotAuthorizedException,
    403: ForbiddenException,
    404: NotFoundException,
    405: UnsupportedOperationException,
    409: ConflictException,
    416: InvalidRangeException,
}

Handler = Callable[[LakeFSException], Optional[LakeFSException]]


def header(headers: Any, name: str) -> Optional[str]:
    """A header's value, whatever its case; `headers` is a mapping or a sequence of pairs."""
    if isinstance(headers, Headers):  # knows about case itself
        found: Optional[str] = headers.get(name)
        return found
    pairs: Iterable[tuple[str, str]] = (
        headers.items() if hasattr(headers, "items") else headers or ()
    )
    wanted = name.lower()
    return next((value for key, value in pairs if key.lower() == wanted), None)


def _of_answer(
    status: Optional[int], reason: Optional[str], body: Any, headers: Any
) -> ServerException:
    kind = _BY_STATUS.get(status, ServerException) if status is not None else ServerException
    return kind(status, reason, body, dict(headers) if headers else None)


def exception_of(error: BaseException) -> Optional[LakeFSException]:
    """This package's form of an exception from below; None if it has none."""
    if isinstance(error, ApiException):
        made = _of_answer(error.status, error.reason, error.body, getattr(error, "headers", None))
        made._told(error.missing)
        return made
    if isinstance(error, ConnectionError) and not isinstance(error, LakeFSException):
        kind = TransportTimeoutException if isinstance(error, TimeoutError) else TransportException
        return kind(str(error))
    return None


class api_exception_handler:  # noqa: N801  (a function in the model, and used like one)
    """Raises this package's exceptions for those of mere_sdk that the `with` block raises.

    `custom_handler` may answer with another exception, or with None: then nothing is raised.
    """

    __slots__ = ("_handler",)

    def __init__(self, custom_handler: Optional[Handler] = None) -> None:
        self._handler = custom_handler

    def __enter__(self) -> None:
        pass

    def __exit__(self, typ: Any, error: Optional[BaseException], traceback: Any) -> Optional[bool]:
        raised = None if error is None else exception_of(error)
        if raised is None:
            return False
        answer = raised if self._handler is None else self._handler(raised)
        if answer is None:
            return True
        raise answer from error


def handle_http_error(resp: Any) -> None:
    """Raises the exception of an answer (anything with status, reason, headers and data) that is no
    success.
    """
    if not 200 <= resp.status < 300:
        body = resp.data if hasattr(resp, "data") and not hasattr(resp, "body") else resp.body
        raise _of_answer(resp.status, resp.reason, body, getattr(resp, "headers", None))


def io_exception_handler(error: LakeFSException) -> Optional[LakeFSException]:
    """For objects: missing ones and those that may not be touched."""
    if isinstance(error, (ObjectNotFoundException, PermissionException)):
        return error
    if isinstance(error, NotFoundException):
        return _narrowed(ObjectNotFoundException, error)
    if isinstance(error, (NotAuthorizedException, ForbiddenException)):
        return _narrowed(PermissionException, error)
    return error


def absent_is_no_error(error: LakeFSException) -> Optional[LakeFSException]:
    """For objects: those that are missing are no error."""
    return None if isinstance(error, NotFoundException) else io_exception_handler(error)


CONFLICTS = 1000  # changes that are looked at to tell which ones stop a merge


def is_merge_conflict(error: ConflictException) -> bool:
    """Whether a merge's 409 is about objects: then it has no message, only an empty reference."""
    return isinstance(error.body, dict) and "message" not in error.body


def merge_conflict(
    error: ConflictException, source: str, destination: str, conflicts: Sequence[str]
) -> MergeConflictException:
    """What a merge raises in place of the bare answer."""
    made = MergeConflictException(
        error.status_code,
        error.reason,
        None,
        error.headers,
        source=source,
        destination=destination,
        conflicts=conflicts,
    )
    made.body = error.body
    return made


def of_source(source: str, otherwise: Optional[Handler] = None) -> Handler:
    """A handler that names `source`, `lakefs://…`, if that is what is missing: the body of the request
    said it, so that the core cannot.
    """

    def named(error: LakeFSException) -> Optional[LakeFSException]:
        if isinstance(error, NotFoundException) and isinstance(error.body, dict):
            told = error.body.get("message", "")
            if told == "not found" or told.startswith("source reference"):
                error._told((source, f"there is no {source}; the lists of its repository show what there is"))
        return error if otherwise is None else otherwise(error)

    return named


def unless(kind: type[LakeFSException], ignored: bool = True) -> Handler:
    """A handler that swallows `kind`."""
    return lambda error: None if ignored and isinstance(error, kind) else error


def _narrowed(kind: type[ServerException], error: ServerException) -> ServerException:
    made = kind(error.status_code, error.reason, None, error.headers)
    made.body = error.body
    if isinstance(error, OSError) and error.filename is not None:
        made._told((error.filename, error.hint))
    return made
