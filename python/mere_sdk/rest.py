"""Requests by hand: any method, any address, over the same connections as the operations."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mere_sdk import _multipart
from mere_sdk._headers import Headers
from mere_sdk._native import CallOptions
from mere_sdk._sessions import SessionSource
from mere_sdk.exceptions import (
    ApiException,
    ApiValueError,
    BadRequestException,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    UnauthorizedException,
    from_answer,
)

if TYPE_CHECKING:
    from mere_sdk import _native
    from mere_sdk.configuration import Configuration

__all__ = [
    "ApiException",
    "ApiValueError",
    "BadRequestException",
    "ForbiddenException",
    "NotFoundException",
    "PoolManager",
    "RESTClientObject",
    "RESTResponse",
    "ServiceException",
    "UnauthorizedException",
]

# A number of seconds, or how long to connect and how long to wait.
Timeout = float | tuple[float | None, float | None] | None

_METHODS = ("GET", "HEAD", "DELETE", "POST", "PUT", "PATCH", "OPTIONS")


class HttpAnswer:
    """An answer, whose body is here or comes as it is read.

    Attributes:
        status: The HTTP status.
        reason: Its words.
        headers: The headers, whose names are found in any case.
    """

    def __init__(self, answer: _native.Response | _native.BodyStream) -> None:
        self.status = answer.status
        self.reason = answer.reason
        self.headers = Headers(answer.headers)
        self._data: bytes | None = getattr(answer, "body", None)
        self._file: Any = answer if self._data is None else io.BytesIO(self._data)

    @property
    def data(self) -> bytes:
        """The body, or of one that is read as it comes what is left of it."""
        if self._data is None:
            self._data = self._file.read()
            self.close()
            self._file = io.BytesIO()
        return self._data

    def getheaders(self) -> Headers:
        return self.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        return self.headers.get(name, default)

    def json(self) -> Any:
        """What the body says as JSON."""
        import json

        return json.loads(self.data)

    def read(self, amt: int | None = None) -> bytes:
        piece: bytes = self._file.read(-1 if amt is None else amt)
        return piece

    def stream(self, amt: int = 1 << 16) -> Iterator[bytes]:
        """The body in pieces of at most `amt` bytes."""
        while piece := self.read(amt):
            yield piece

    def close(self) -> None:
        """Lets go of the connection if the body has not been read to its end."""
        self._file.close()

    release_conn = close


class PoolManager:
    """Sends any request. A URL on the lake's server goes with the client's credentials, others without."""

    def __init__(self, sessions: SessionSource) -> None:
        self._sessions = sessions

    def request(
        self,
        method: str,
        url: str,
        body: _native.Body = None,
        fields: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
        headers: Mapping[str, Any] | None = None,
        json: Any = None,
        *,
        encode_multipart: bool = True,
        timeout: Any = None,
        retries: Any = None,
        preload_content: bool = True,
        **_: Any,
    ) -> HttpAnswer:
        """
        Args:
            method: GET, POST, …
            url: The whole URL, or the path on the lake's server.
            body: Octets, text, a binary file, or an iterable of bytes.
            fields: The fields of a form: in the URL of a request without a body, else the body.
            headers: Headers of this request.
            json: A body of JSON.
            encode_multipart: Whether `fields` are sent as multipart; else as `a=1&b=2`.
            timeout: Seconds, a pair, or an object with `connect_timeout` and `read_timeout`.
            retries: How often to try again.
            preload_content: Whether the body is read before the answer is handed out; else it comes as it is
                read.

        Returns:
            The answer, whatever its status.

        Raises:
            ApiValueError: The URL is none.
        """
        if not isinstance(url, str):
            raise ApiValueError(f"a URL must be a str, not {type(url).__name__}")
        sent = {name: str(value) for name, value in (headers or {}).items()}
        if json is not None:
            import json as codec

            body = codec.dumps(json).encode()
            sent.setdefault("Content-Type", "application/json")
        if fields and method.upper() in ("GET", "HEAD", "DELETE", "OPTIONS"):
            url += ("&" if "?" in url else "?") + _urlencoded(fields)
        elif fields and encode_multipart:
            body, sent["Content-Type"] = _multipart.encode(fields)
        elif fields:
            body = _urlencoded(fields)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        # The length of what is sent is the transport's business; a wrong one would break the connection.
        pairs = [(n, v) for n, v in sent.items() if n.lower() != "content-length"]
        target = self._sessions.target(url)
        options = _options(timeout, retries)
        session = self._sessions.get()
        send = session.request if preload_content else session.request_stream
        return HttpAnswer(send(method.upper(), target, pairs, body, options))

    def clear(self) -> None:
        """Closes the connections; the next request makes new ones."""
        self._sessions.close()


class RESTResponse(io.IOBase):
    """An answer with its whole body."""

    def __init__(self, resp: HttpAnswer) -> None:
        self.urllib3_response = resp
        self.status = resp.status
        self.reason = resp.reason
        self.data: Any = resp.data

    def getheaders(self) -> Headers:
        """The headers, whose names are found in any case."""
        return self.urllib3_response.getheaders()

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """One header."""
        return self.urllib3_response.getheader(name, default)


class RESTClientObject:
    """Sends requests and raises the exception of an answer that is no success."""

    def __init__(
        self,
        configuration: Configuration,
        pools_size: int = 4,
        maxsize: int | None = None,
        *,
        sessions: SessionSource | None = None,
    ) -> None:
        """
        Args:
            configuration: Where the lake is and how to connect.
            pools_size: Has no effect: there is one pool.
            maxsize: How many connections are open at most; None: as the configuration says.
            sessions: The connections of a client that exists already.
        """
        self.pool_manager = PoolManager(sessions or SessionSource(configuration, maxsize))

    def request(
        self,
        method: str,
        url: str,
        query_params: Any = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        post_params: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> Any:
        """Sends a request.

        Args:
            method: GET, POST, …
            url: The URL with its query.
            query_params: Has no effect: the query is part of `url`.
            headers: The request's headers. `Content-Type` says how the body is made.
            body: Plain data for JSON, or text or octets of another type.
            post_params: Fields of a form.
            _preload_content: False: the answer is handed out as it is.
            _request_timeout: Seconds, or how long to connect and how long to wait.

        Raises:
            ApiException: The answer is no success.
            ApiValueError: Both `body` and `post_params` were given.
        """
        method = method.upper()
        if method not in _METHODS:
            raise ApiValueError(f"http method must be one of {', '.join(_METHODS)}, not {method}")
        if post_params and body:
            raise ApiValueError("body parameter cannot be used with post_params parameter.")
        sent = dict(headers or {})
        content_type = sent.get("Content-Type", "")
        fields = None
        if content_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
            del sent["Content-Type"]  # the form's own has the boundary
            fields, body = post_params or [], None
        elif body is not None and (not content_type or "json" in content_type.lower()):
            import json

            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        answer = self.pool_manager.request(
            method,
            url,
            body=body,
            fields=fields,
            encode_multipart=content_type == "multipart/form-data",
            headers=sent,
            timeout=_request_timeout,
        )
        if not 200 <= answer.status <= 299:
            pairs = list(answer.headers.items())
            raise from_answer(answer.status, answer.reason, answer.data, pairs)
        return RESTResponse(answer) if _preload_content else answer

    def get_request(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> Any:
        return self.request(
            "GET",
            url,
            headers=headers,
            _preload_content=_preload_content,
            _request_timeout=_request_timeout,
        )

    def head_request(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> Any:
        return self.request(
            "HEAD",
            url,
            headers=headers,
            _preload_content=_preload_content,
            _request_timeout=_request_timeout,
        )

    def options_request(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        post_params: Any = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> Any:
        return self.request(
            "OPTIONS", url, None, headers, body, post_params, _preload_content, _request_timeout
        )

    def delete_request(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> Any:
        return self.request(
            "DELETE", url, None, headers, body, None, _preload_content, _request_timeout
        )

    def post_request(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        post_params: Any = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> Any:
        return self.request(
            "POST", url, None, headers, body, post_params, _preload_content, _request_timeout
        )

    def put_request(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        post_params: Any = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> Any:
        return self.request(
            "PUT", url, None, headers, body, post_params, _preload_content, _request_timeout
        )

    def patch_request(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        query_params: Any = None,
        post_params: Any = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> Any:
        return self.request(
            "PATCH", url, None, headers, body, post_params, _preload_content, _request_timeout
        )


def _urlencoded(fields: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> str:
    from urllib.parse import urlencode

    return urlencode(_multipart.pairs(fields))


def _options(timeout: Any, retries: Any) -> CallOptions:
    connect = None
    if isinstance(timeout, tuple):
        connect, timeout = timeout
    elif timeout is not None and not isinstance(timeout, (int, float)):
        connect, timeout = timeout.connect_timeout, timeout.read_timeout
    total = getattr(retries, "total", retries)
    return CallOptions(
        timeout=timeout, connect_timeout=connect, retries=None if total is None else int(total)
    )
