"""The keywords that every method of an api takes beside its own parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, NamedTuple, TypedDict, Union

from mere_sdk._native import CallOptions
from mere_sdk.exceptions import ApiTypeError, ApiValueError

# A body of octets: themselves, the path of a file, a binary file, or an iterable of pieces.
Content = Union[bytes, bytearray, memoryview, str, BinaryIO, Iterable[bytes]]


class CallKeywords(TypedDict, total=False):
    """What one call has of its own.

    Attributes:
        async_req: Answer at once with an object whose `get()` waits for the result.
        _request_timeout: Seconds until the head of the answer, or a pair: to connect, and to the head.
        _headers: More headers, or others instead of the client's.
        _content_type: The type of the body instead of the usual.
        _request_auth: Credentials instead of the configuration's, as one of `Configuration.auth_settings()`.
        _preload_content: Of `..._with_http_info`: False leaves the body undecoded, in `raw_data`.
        _return_http_data_only: Of `..._with_http_info`: answer the data alone.
    """

    async_req: bool
    _request_timeout: float | tuple[float, float] | None
    _headers: Mapping[str, str] | None
    _content_type: str | None
    _request_auth: Mapping[str, str] | None
    _preload_content: bool
    _return_http_data_only: bool


class Keywords(NamedTuple):
    """The keywords of one call, sorted."""

    options: CallOptions | None
    async_req: bool
    preload_content: bool
    data_only: bool


NONE = Keywords(None, False, True, False)


def read(operation: str, given: Mapping[str, Any]) -> Keywords:
    """Sorts the keywords of a call.

    Raises:
        ApiTypeError: There is no such keyword.
    """
    for name in given:
        if name not in CallKeywords.__annotations__:
            raise ApiTypeError(f"Got an unexpected keyword argument '{name}' to method {operation}")
    options = _options(given) if given.keys() & _OF_REQUEST else None
    return Keywords(
        options,
        bool(given.get("async_req")),
        bool(given.get("_preload_content", True)),
        bool(given.get("_return_http_data_only")),
    )


_OF_REQUEST = {"_request_timeout", "_headers", "_content_type", "_request_auth"}


def _options(given: Mapping[str, Any]) -> CallOptions:
    headers = {name: str(value) for name, value in (given.get("_headers") or {}).items()}
    if auth := given.get("_request_auth"):
        headers.update([auth_header(auth)])
    timeout = given.get("_request_timeout")
    connect_timeout = None
    if isinstance(timeout, (tuple, list)):
        if len(timeout) != 2:
            raise ApiValueError("_request_timeout must be a number or a pair (connect, read)")
        connect_timeout, timeout = timeout
    return CallOptions(
        headers=list(headers.items()),
        timeout=timeout,
        connect_timeout=connect_timeout,
        content_type=given.get("_content_type"),
    )


def auth_header(setting: Mapping[str, str]) -> tuple[str, str]:
    """The header of one way to log in.

    Raises:
        ApiValueError: It does not go into a header.
    """
    if setting["in"] == "cookie":
        return "Cookie", setting["value"]
    if setting["in"] == "header":
        return setting["key"], setting["value"]
    raise ApiValueError("Authentication token must be in `cookie` or `header`")
