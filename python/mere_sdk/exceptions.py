"""What the package raises.

An answer that is no success is an `ApiException` or the subclass of its status. A wrong argument or
field is a `ValidationError`. Where there is no answer at all, it is `TransportError`, or
`TransportTimeout`, of the native core; both are also the `ConnectionError` and `TimeoutError` of Python.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from mere_sdk._headers import Headers
from mere_sdk._native import DecodeError, LakeInUseError, TransportError, TransportTimeout

if TYPE_CHECKING:
    from mere_sdk._native import Response

__all__ = [
    "ApiAttributeError",
    "ApiException",
    "ApiKeyError",
    "ApiTypeError",
    "ApiValueError",
    "BadRequestException",
    "DecodeError",
    "ForbiddenException",
    "LakeInUseError",
    "NotFoundException",
    "OpenApiException",
    "ServiceException",
    "TransportError",
    "TransportTimeout",
    "UnauthorizedException",
    "ValidationError",
    "render_path",
]


class ValidationError(ValueError):
    """A value is missing, of the wrong type, or not one of those allowed.

    Attributes:
        model: The model or operation it was given to.
        loc: The way to the value inside of it: names of fields, indices, keys.
        msg: What is wrong.
    """

    def __init__(self, model: str, loc: Sequence[str | int], msg: str) -> None:
        self.model = model
        self.loc = tuple(loc)
        self.msg = msg
        super().__init__(f"{model}{render_loc(self.loc)}: {msg}")

    def errors(self) -> list[dict[str, Any]]:
        """What is wrong as plain data: `loc` and `msg`."""
        return [{"loc": self.loc, "msg": self.msg, "type": "value_error"}]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.model, self.loc, self.msg)


class OpenApiException(Exception):
    """The base of all exceptions below."""


class ApiTypeError(OpenApiException, TypeError):
    """An argument that the method does not have, or of the wrong type."""

    def __init__(
        self,
        msg: str,
        path_to_item: Sequence[str | int] | None = None,
        valid_classes: tuple[type, ...] | None = None,
        key_type: bool | None = None,
    ) -> None:
        """
        Args:
            msg: What is wrong.
            path_to_item: Keys and indices on the way to the value.
            valid_classes: The types that the value may have.
            key_type: Whether the value is a key of a dict.
        """
        self.path_to_item = path_to_item
        self.valid_classes = valid_classes
        self.key_type = key_type
        super().__init__(_at(msg, path_to_item))


class ApiValueError(OpenApiException, ValueError):
    """A value that cannot be used."""

    def __init__(self, msg: str, path_to_item: Sequence[str | int] | None = None) -> None:
        self.path_to_item = path_to_item
        super().__init__(_at(msg, path_to_item))


class ApiAttributeError(OpenApiException, AttributeError):
    """An attribute that is not there."""

    def __init__(self, msg: str, path_to_item: Sequence[str | int] | None = None) -> None:
        self.path_to_item = path_to_item
        super().__init__(_at(msg, path_to_item))


class ApiKeyError(OpenApiException, KeyError):
    """A key that is not there."""

    def __init__(self, msg: str, path_to_item: Sequence[str | int] | None = None) -> None:
        self.path_to_item = path_to_item
        super().__init__(_at(msg, path_to_item))


class HttpResponse(Protocol):
    """What an `ApiException` can be made of."""

    @property
    def status(self) -> int: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def data(self) -> Any: ...
    def getheaders(self) -> Mapping[str, str]: ...


class ApiException(OpenApiException):
    """The lake answered that it did not do what was asked.

    Attributes:
        status: The HTTP status, 0 or None if there was no answer.
        reason: Its words.
        body: The text of the answer; of Mere it is JSON with a `message`.
        headers: The answer's headers, whose names are found in any case.
        missing: Of a 404, `lakefs://…` of what is not there and a hint, if they are known.
    """

    missing: tuple[str, str] | None = None

    def __init__(
        self,
        status: int | None = None,
        reason: str | None = None,
        http_resp: HttpResponse | None = None,
    ) -> None:
        self.status = status
        self.reason = reason
        self.body: Any = None
        self.headers: Mapping[str, str] | None = None
        if http_resp is not None:
            self.status = http_resp.status
            self.reason = http_resp.reason
            self.body = http_resp.data
            self.headers = http_resp.getheaders()
        super().__init__(status, reason)

    def __str__(self) -> str:
        text = f"({self.status})\nReason: {self.reason}\n"
        if self.headers:
            text += f"HTTP response headers: {self.headers}\n"
        if self.body:
            text += f"HTTP response body: {self.body}\n"
        if self.missing:
            text += "{}: {}\n".format(*self.missing)
        return text


class BadRequestException(ApiException):
    """400: the request is not one that the lake understands."""


class UnauthorizedException(ApiException):
    """401: the credentials are missing, wrong or expired."""


class ForbiddenException(ApiException):
    """403: this user may not do this."""


class NotFoundException(ApiException):
    """404: there is no such thing."""


class ServiceException(ApiException):
    """5xx: the lake failed."""


_BY_STATUS = {
    400: BadRequestException,
    401: UnauthorizedException,
    403: ForbiddenException,
    404: NotFoundException,
}


def from_answer(
    status: int,
    reason: str,
    body: bytes,
    headers: Sequence[tuple[str, str]],
    missing: tuple[str, str] | None = None,
) -> ApiException:
    """The exception of an answer that is no success."""
    kind = ServiceException if 500 <= status <= 599 else _BY_STATUS.get(status, ApiException)
    made = kind(status, reason)
    made.body = body.decode("utf-8", "replace")
    made.headers = Headers(headers)
    if missing is not None:
        made.missing = missing
    return made


def of_response(answer: Response) -> ApiException:
    """The same of an answer of the core."""
    return from_answer(answer.status, answer.reason, answer.body, answer.headers, answer.missing)


def render_path(path_to_item: Sequence[str | int]) -> str:
    """The way to a value as it is written in Python: `['results'][0]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f"['{part}']" for part in path_to_item)


def render_loc(loc: Sequence[str | int]) -> str:
    """The way to a field: `.results[0].path`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)


def _at(msg: str, path_to_item: Sequence[str | int] | None) -> str:
    return f"{msg} at {render_path(path_to_item)}" if path_to_item else msg
