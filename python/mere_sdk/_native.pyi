"""The native core: connections, retries, bodies, JSON. Private: mere_sdk, mere and mere_spec stand on it.

Every method may be called from any thread; those that wait do so without holding the interpreter's
lock and notice Ctrl-C within a tenth of a second, a call to a lake in this process when it returns; what
Ctrl-C raises in Python code that they call, a body's iterator or `progress`, ends them too and is raised. A
method whose name ends in `_async` must be called on a running asyncio loop and answers with a future of
that loop; cancelling it ends the transfer.

A `Kind` says how JSON becomes a Python value and back: "string", "integer", "number", "boolean",
"any" (plain JSON), "time" (RFC 3339 <-> datetime), ("list", Kind), ("map", Kind), or a Shape. Of answers
alone: ("member", name, Kind) is one member of an object, ("by", name, {text: Kind}) an object that a member of
its own says the kind of.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Union

from typing_extensions import Buffer

Kind = Union[str, tuple[str, Any], tuple[str, str, Any], "Shape"]

class Shape:
    """The fields of one model: a class with a slot for each of them.

    `fields` may be given later, once, by `define`, so that models can refer to each other.
    """

    def __init__(self, model: type) -> None: ...
    def define(self, fields: Sequence[tuple[str, str, Kind, bool]]) -> None:
        """Each field: its JSON name, its slot's name, its kind, whether it is required.

        Raises TypeError if `model` has no such slot.
        """

    def loads(self, text: str | Buffer) -> Any:
        """The model instance a JSON text holds. What the shape does not name is dropped; absent fields are None.

        Raises DecodeError naming the field.
        """

    def dumps(self, value: Any) -> bytes:
        """The instance as JSON, without the fields that are None. Raises TypeError naming the field."""

def track(instance: object) -> None:
    """Has the garbage collector look at an instance again: one that was decoded, with no field that could be
    part of a cycle, and that is now given one.
    """

class Operation:
    """How one operation's arguments become a request, and its answers values."""

    def __init__(
        self,
        name: str,
        method: str,
        path: str,  # below the base path: "/repositories/{repository}/refs/{ref}/objects"
        parameters: Sequence[tuple[str, str, Kind, bool]],  # name, "path" | "query" | "header", kind, required
        body: Kind | None,  # "bytes": octets as they are; else JSON of that kind; None: no body
        body_type: str | None,  # its Content-Type; "multipart/form-data" wraps the octets as the field "content"
        responses: Mapping[int, Kind | None],  # of each success status; "bytes": octets; None: nothing
        repeatable: bool,  # sending it twice does what sending it once does
    ) -> None: ...
    name: str
    parameters: tuple[str, ...]  # their names, in the order of the arguments

class CallOptions:
    """What one call has of its own. None: as the session."""

    def __init__(
        self,
        *,
        headers: Sequence[tuple[str, str]] = (),  # beside or, by name, instead of the session's
        timeout: float | None = None,  # seconds to the head of the answer
        connect_timeout: float | None = None,  # seconds
        retries: int | None = None,
        content_type: str | None = None,
    ) -> None: ...

class Response:
    """An answer of any status with its whole body."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    data: Any  # decoded by the operation's kind if the status has one, else None
    missing: tuple[str, str] | None  # of a 404: "lakefs://…" of what is not there, and a hint, if known

    def header(self, name: str) -> str | None: ...

class BodyStream:
    """A body as it comes. One reader at a time."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    length: int | None  # None: not told

    def header(self, name: str) -> str | None: ...
    def read(self, size: int = -1) -> bytes:
        """Exactly `size` bytes, or all that is left if negative; less at the end.

        Where the body breaks off, what came before it is given and the next call raises TransportError; a
        call for all that is left raises at once. Never silently short.
        """

    def readinto(self, buffer: Buffer) -> int:
        """Fills `buffer`; less as `read`."""

    def read_async(self, size: int = -1) -> asyncio.Future[bytes]: ...
    def write_to(self, path: str) -> int:
        """What is left goes to a new file that appears under `path` only when whole; its size."""

    def close(self) -> None: ...
    def __enter__(self) -> BodyStream: ...
    def __exit__(self, *exception: object) -> None: ...

class BodyPipe:
    """A request's body that is written while it is sent; at most `capacity` bytes wait."""

    def __init__(self, capacity: int = ...) -> None: ...
    def write(self, data: Buffer) -> None:
        """Waits while the pipe is full. Raises BrokenPipeError if the request has ended."""

    def write_async(self, data: Buffer) -> asyncio.Future[None]: ...
    def close(self) -> None:
        """The body is whole."""

    def abort(self) -> None:
        """The body never becomes whole: the request is broken off, so that the server keeps nothing of it."""

class PendingCall:
    """A call under way on the core's own thread."""

    def result(self) -> Any:
        """Waits; as Session.call."""

    def response(self) -> Response:
        """Waits; as Session.respond."""

    def cancel(self) -> None: ...

class Pages:
    """A listing page by page. Once a page has been taken the next is on its way: one, not more."""

    def next(self) -> list[Any] | None:
        """The next page; None after the last. Raises as Session.call."""

    def next_async(self) -> asyncio.Future[list[Any] | None]: ...
    def close(self) -> None:
        """What is on its way is not wanted."""

# bytes-like, str (as UTF-8), a binary file object, an iterable of bytes, a pipe, or what the operation's kind encodes
Body = Union[None, Buffer, str, Iterable[bytes], BodyPipe, Any]

class Session:
    """One lake, by HTTP or opened in this process."""

    @staticmethod
    def connect(
        origin: str,  # "http://127.0.0.1:8000"
        base_path: str = "/api/v1",
        *,
        verify_tls: bool = True,
        ca_file: str = "",
        certificate_file: str = "",
        key_file: str = "",
        tls_server_name: str = "",
        proxy: str = "",
        max_connections: int = 64,
    ) -> Session:
        """Nothing is sent yet. Raises ValueError for an origin or file that cannot be used."""

    @staticmethod
    def open(folder: str, *, create: bool = True) -> Session:
        """The lake in `folder`, opened in this process as its administrator; made if need be.

        While another process has it open, this connects to it if it is serving, else raises
        LakeInUseError naming the folder and the remedy. All sessions of this process on one folder share it.
        """

    name: str  # the origin, or the folder
    embedded: bool

    def configure(
        self,
        *,
        headers: Sequence[tuple[str, str]],
        retries: int,
        timeout: float,
        connect_timeout: float,
        error: Callable[
            [int, str, bytes, list[tuple[str, str]], tuple[str, str] | None], BaseException
        ],
    ) -> None:
        """What every call has unless its options say otherwise; `error` makes the exception of an answer
        that is no success from its status, reason, body, headers and `missing` (see Response)."""

    def call(self, operation: Operation, arguments: tuple[Any, ...], body: Body = None,
             options: CallOptions | None = None) -> Any:
        """The decoded answer. `arguments` are in the order of the operation's parameters; None: left out.

        Raises ArgumentError (a missing or wrong argument, named), what `error` made, TransportError,
        TransportTimeout, DecodeError. Redirects of GET and HEAD are followed, to other servers without the
        session's headers.
        """

    def respond(self, operation: Operation, arguments: tuple[Any, ...], body: Body = None,
                options: CallOptions | None = None) -> Response:
        """The answer whatever its status."""

    def stream(self, operation: Operation, arguments: tuple[Any, ...], body: Body = None,
               options: CallOptions | None = None) -> BodyStream:
        """The answer once its head is here; errors as `call`."""

    def start(self, operation: Operation, arguments: tuple[Any, ...], body: Body = None,
              options: CallOptions | None = None) -> PendingCall: ...
    def request(self, method: str, target: str, headers: Sequence[tuple[str, str]] = (), body: Body = None,
                options: CallOptions | None = None) -> Response:
        """Any request. `target` is a path of the lake's server, or a URL elsewhere, which is sent none of the
        session's headers."""

    def request_stream(self, method: str, target: str, headers: Sequence[tuple[str, str]] = (), body: Body = None,
                       options: CallOptions | None = None) -> BodyStream | Response:
        """The same once the head of the answer is here; one that is no success has its whole body."""

    def call_async(self, operation: Operation, arguments: tuple[Any, ...], body: Body = None,
                   options: CallOptions | None = None) -> asyncio.Future[Any]: ...
    def respond_async(self, operation: Operation, arguments: tuple[Any, ...], body: Body = None,
                      options: CallOptions | None = None) -> asyncio.Future[Response]: ...
    def stream_async(self, operation: Operation, arguments: tuple[Any, ...], body: Body = None,
                     options: CallOptions | None = None) -> asyncio.Future[BodyStream]: ...
    def request_async(self, method: str, target: str, headers: Sequence[tuple[str, str]] = (), body: Body = None,
                      options: CallOptions | None = None) -> asyncio.Future[Response]: ...

    def pages(
        self,
        operation: Operation,  # one with the parameter `after`, that answers `pagination` and `results`
        arguments: tuple[Any, ...],
        items: Kind | None = None,  # what the results are made into; None: as the operation says
        *,
        limit: int | None = None,  # of items in all
        options: CallOptions | None = None,
    ) -> Pages:
        """A listing. Nothing is sent yet; raises ArgumentError."""

    def call_many(
        self,
        operation: Operation,
        calls: Sequence[tuple[tuple[Any, ...], Body]],  # arguments and body of each
        *,
        concurrency: int = 16,
        options: CallOptions | None = None,
        progress: Callable[[int], None] | None = None,  # called with the index of each that is done
    ) -> list[Any]:
        """All of them in parallel: each its result, or the exception it raised, in order.

        Here and below a call may have CallOptions of its own as a third member.
        """

    def download_many(
        self,
        operation: Operation,
        calls: Sequence[tuple[tuple[Any, ...], str]],  # arguments, and the file that gets the body
        *,
        concurrency: int = 16,
        options: CallOptions | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> list[int | BaseException]:
        """Each file appears whole or not at all; its size, or the exception, in order."""

    def upload_many(
        self,
        operation: Operation,
        calls: Sequence[tuple[tuple[Any, ...], str]],  # arguments, and the file that is the body
        *,
        concurrency: int = 16,
        options: CallOptions | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> list[Any]: ...
    def call_many_async(self, operation: Operation, calls: Sequence[tuple[tuple[Any, ...], Body]], *,
                        concurrency: int = 16, options: CallOptions | None = None,
                        progress: Callable[[int], None] | None = None) -> asyncio.Future[list[Any]]: ...
    def download_many_async(self, operation: Operation, calls: Sequence[tuple[tuple[Any, ...], str]], *,
                            concurrency: int = 16, options: CallOptions | None = None,
                            progress: Callable[[int], None] | None = None) -> asyncio.Future[list[Any]]: ...
    def upload_many_async(self, operation: Operation, calls: Sequence[tuple[tuple[Any, ...], str]], *,
                          concurrency: int = 16, options: CallOptions | None = None,
                          progress: Callable[[int], None] | None = None) -> asyncio.Future[list[Any]]: ...
    def close(self) -> None:
        """Ends what is under way; the lake is let go with its last session."""

class ArgumentError(ValueError):
    """An argument is missing or of the wrong type."""

class DecodeError(ValueError):
    """An answer is not what the operation promises."""

class TransportError(ConnectionError):
    """The lake could not be reached, or the connection broke."""

class TransportTimeout(TransportError, TimeoutError):
    """No answer in time."""

class LakeInUseError(OSError):
    """Another process has the lake open and does not serve it."""
