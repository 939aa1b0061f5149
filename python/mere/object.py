"""Objects, and the files that read and write them."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterable
from typing import IO, TYPE_CHECKING, Any, Literal, Optional, Union

from mere import _reading, _writing
from mere._reading import ReadState
from mere.client import SINGLE_STORAGE_ID, Client, _BaseLakeFSObject, session_of
from mere.exceptions import (
    InvalidRangeException,
    NotFoundException,
    ObjectExistsException,
    TransportException,
    api_exception_handler,
    handle_http_error,
    io_exception_handler,
)
from mere.models import ObjectInfo

if TYPE_CHECKING:
    import duckdb
    import pandas
    import polars
    import pyarrow
    from mere_sdk._native import BodyPipe, BodyStream, PendingCall

    from mere._pipeline import Pipeline

ReadModes = Literal["r", "rb"]
WriteModes = Literal["x", "xb", "w", "wb"]
AllModes = Union[ReadModes, WriteModes]


class LakeFSIOBase(_BaseLakeFSObject, IO[Any]):
    """What readers and writers share. Positions are in octets, also in text mode."""

    def __init__(self, obj: StoredObject, mode: AllModes, pre_sign: Optional[bool] = None,
                 client: Optional[Client] = None) -> None:
        self._obj = obj
        self._mode = mode
        self._pre_sign = pre_sign
        super().__init__(client)

    @property
    def mode(self) -> str:
        """The mode it was opened in."""
        return self._mode

    @property
    def name(self) -> str:
        """The object's path."""
        return self._obj.path

    @property
    def pre_sign(self) -> bool:
        """Whether the octets go between here and the object store, by an address that the server signs. If not
        given, as the server prefers."""
        if self._pre_sign is None:
            self._pre_sign = bool(self._client.storage_config_by_id(self._obj.storage_id()).pre_sign_support)
        return self._pre_sign

    @pre_sign.setter
    def pre_sign(self, value: bool) -> None:
        self._pre_sign = value

    def close(self) -> None:
        raise NotImplementedError

    def _abort(self) -> None:
        raise NotImplementedError

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")

    def fileno(self) -> int:
        """Always raises io.UnsupportedOperation: there is no descriptor."""
        raise io.UnsupportedOperation("fileno")

    def flush(self) -> None:
        """Raises ValueError if closed."""
        self._check_open()

    def isatty(self) -> bool:
        return False

    def truncate(self, size: Optional[int] = None) -> int:
        """Always raises io.UnsupportedOperation: an object is written as a whole."""
        raise io.UnsupportedOperation("truncate")

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def read(self, n: Optional[int] = None) -> Any:
        raise io.UnsupportedOperation("read")

    def readline(self, limit: int = -1) -> Any:
        raise io.UnsupportedOperation("readline")

    def readlines(self, hint: int = -1) -> list[Any]:
        raise io.UnsupportedOperation("readlines")

    def seek(self, offset: int, whence: int = 0) -> int:
        raise io.UnsupportedOperation("seek")

    def write(self, s: Any) -> int:
        raise io.UnsupportedOperation("write")

    def writelines(self, lines: Iterable[Any]) -> None:
        raise io.UnsupportedOperation("writelines")

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def __iter__(self) -> LakeFSIOBase:
        return self

    def __enter__(self) -> LakeFSIOBase:
        return self

    def __exit__(self, typ: Any, value: Any, traceback: Any) -> None:
        if typ is None:
            self.close()
        else:
            self._abort()

    def __str__(self) -> str:
        return self._obj.path

    def __repr__(self) -> str:
        return f'{type(self).__name__}(path="{self._obj.path}")'


io.IOBase.register(LakeFSIOBase)  # type: ignore[attr-defined]


class ObjectReader(LakeFSIOBase):
    """Reads an object: `rb` octets, `r` UTF-8 text.

    Reads ahead, little at first and up to some MiB when reads come in order. All that is read belongs to one
    content: if the object is written anew meanwhile, reading on raises ObjectChangedException. A connection that
    breaks is resumed; if that fails, TransportException. `read(n)` is short only at the end.
    """

    def __init__(self, obj: StoredObject, mode: ReadModes, pre_sign: Optional[bool] = None,
                 client: Optional[Client] = None, **kwargs: Any) -> None:
        _writing.check_read_mode(mode)
        super().__init__(obj, mode, pre_sign, client)
        self._state = ReadState(obj.path)
        self._stream: Optional[BodyStream] = None
        self._stream_at = 0
        self._is_closed = False
        self._kwargs = kwargs

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._is_closed

    @property
    def _size(self) -> Optional[int]:
        return self._state.size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        """The position in octets."""
        return self._state.position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Moves the position; from the end only once the size is known, which may take a request."""
        self._check_open()
        if whence == os.SEEK_END and self._state.size is None:
            self._learn_size()
        return self._state.seek(offset, whence)

    def read(self, n: Optional[int] = None) -> Any:
        """The next `n` octets, or characters in text mode; None: all that is left.

        Raises OSError for a negative `n`, ObjectNotFoundException, PermissionException, ObjectChangedException,
        TransportException.
        """
        self._check_open()
        if n is not None and n < 0:
            raise OSError("the number of octets to read must be a positive integer")
        if "b" in self._mode:
            return self._rest() if n is None else self._octets(n)
        return self._rest().decode("utf-8") if n is None else self._characters(n, self._octets)

    def readall(self) -> Any:
        """All that is left."""
        return self.read()

    def read1(self, n: int = -1) -> Any:
        """What one request at most brings."""
        self._check_open()
        most = _reading.LARGEST_WINDOW if n < 0 else n
        if "b" not in self._mode:
            return self.read(most)
        return self._state.take(most) or (self._state.take(most) if self._fill(min(most, 1)) else b"")

    def readinto(self, buffer: Any) -> int:
        """Fills a buffer; less only at the end. Binary mode only."""
        self._check_open()
        if "b" not in self._mode:
            raise io.UnsupportedOperation("readinto in text mode")
        view = memoryview(buffer).cast("B")
        done = 0
        while done < len(view):
            piece = self._state.take(len(view) - done)
            if piece:
                view[done:done + len(piece)] = piece
                done += len(piece)
            elif not self._fill(len(view) - done):
                break
        return done

    def readline(self, limit: int = -1) -> Any:
        """The next line with its line feed, at most `limit` octets or characters of it; empty at the end."""
        self._check_open()
        most = _reading.LINE_LIMIT if limit is None or limit < 0 else limit
        if "b" in self._mode:
            return self._line(most)
        if most == _reading.LINE_LIMIT:
            return self._line(most).decode("utf-8")
        return self._characters(most, self._line, one_line=True)

    def readlines(self, hint: int = -1) -> list[Any]:
        """The lines that are left, or so many that they have `hint` octets or characters."""
        lines: list[Any] = []
        total = 0
        for line in self:
            lines.append(line)
            total += len(line)
            if hint is not None and 0 < hint <= total:
                break
        return lines

    def close(self) -> None:
        self._is_closed = True
        self._state.buffer = b""
        self._end_stream()

    def _abort(self) -> None:
        self.close()

    # From the buffer

    def _octets(self, n: int) -> bytes:
        pieces = []
        while n > 0:
            piece = self._state.take(n)
            if piece:
                pieces.append(piece)
                n -= len(piece)
            elif not self._fill(n):
                break
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _line(self, most: int) -> bytes:
        pieces = []
        while most > 0:
            piece = self._state.take_line(most)
            if piece:
                pieces.append(piece)
                most -= len(piece)
                if piece.endswith(b"\n"):
                    break
            elif not self._fill(1):
                break
        return b"".join(pieces)

    def _characters(self, n: int, take: Callable[[int], bytes], one_line: bool = False) -> str:
        count = _reading.CharacterCount(n)
        while count.missing > 0:
            data = take(count.missing)
            if not data or count.add(data).endswith("\n") and one_line:
                break
        return count.result()

    # From the lake

    def _fill(self, wanted: int) -> bool:
        """Puts more into the buffer, of which `wanted` octets are known to be needed; False: there is no more."""
        state = self._state
        if state.at_end() or wanted <= 0 or state.ended_short():
            return False
        if not self._kwargs and state.should_stream(wanted) and not self.pre_sign:
            data = self._from_stream()
            state.put(_reading.Answer(state.position, data, True))
        else:
            length = state.plan(wanted)
            try:
                answer = self._request(length)
            except TransportException:
                if self._kwargs or self.pre_sign:
                    raise
                answer = _reading.Answer(state.position, self._from_stream(), True)
            if answer is None or not answer.data:
                return False
            state.put(answer)
            state.fetched(answer.start + len(answer.data), len(answer.data))
            if not answer.exact and len(answer.data) < length:
                state.short_at = answer.start + len(answer.data)
        return state.offset() < len(state.buffer)

    def _request(self, length: Optional[int]) -> Optional[_reading.Answer]:
        """The octets from the position; None if there are none."""
        state = self._state
        start = state.position
        pre_sign = self.pre_sign
        try:
            with api_exception_handler(io_exception_handler):
                response = self._client.sdk_client.objects_api.get_object_with_http_info(
                    self._obj.repo, self._obj.ref, self._obj.path, range=_reading.range_header(start, length),
                    presign=pre_sign, **self._kwargs)
        except InvalidRangeException as error:
            state.behind_end(error.size)
            return None
        return state.accept(start, length, response.status_code, response.headers, response.data)

    def _rest(self) -> bytes:
        """All that is left. A whole object is one request and is not kept."""
        state = self._state
        state.short_at = None
        begin = state.take(len(state.buffer))
        if state.at_end():
            return begin
        try:
            answer = self._request(None)
        except TransportException:
            if self._kwargs or self.pre_sign:
                raise
            return begin + self._rest_resumed()
        if answer is None:
            return begin
        rest = answer.data[state.position - answer.start:]
        state.position += len(rest)
        return begin + rest

    def _rest_resumed(self) -> bytes:
        """All that is left in pieces, each of which may take another connection."""
        pieces = []
        while not self._state.at_end():
            data = self._from_stream()
            if not data:
                break
            self._state.position += len(data)
            pieces.append(data)
        self._end_stream()
        return b"".join(pieces)

    def _from_stream(self) -> bytes:
        """The next piece of one request that brings everything from the position on; asked anew if it breaks."""
        state = self._state
        attempt = 0
        while True:
            try:
                with api_exception_handler(io_exception_handler):
                    if self._stream is None or self._stream_at != state.position:
                        self._open_stream()
                    assert self._stream is not None
                    # What comes before a break is lost with its chunk: smaller ones get further.
                    data = self._stream.read(max(_reading.STREAM_CHUNK >> 2 * attempt, 16 * 1024))
                if not data and state.size is not None and state.position < state.size:
                    raise TransportException(f"{state.name} broke off at {state.position} of {state.size} octets")
                break
            except InvalidRangeException as error:
                state.behind_end(error.size)
                return b""
            except TransportException:
                self._end_stream()
                attempt += 1
                if attempt == _reading.ATTEMPTS:
                    raise
                time.sleep(_reading.pause(attempt))
        self._stream_at += len(data)
        state.fetched(self._stream_at, len(data))
        return data

    def _open_stream(self) -> None:
        from mere_sdk._operations import GET_OBJECT

        self._end_stream()
        start = self._state.position
        arguments = (self._obj.repo, self._obj.ref, self._obj.path, f"bytes={start}-", None, None)
        stream = session_of(self._client.sdk_client).stream(GET_OBJECT, arguments)
        self._stream, self._stream_at = stream, start
        self._state.accept_stream(start, stream.headers, stream.status)

    def _end_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _learn_size(self) -> None:
        stats = self._obj._ask_stat()
        if stats.size_bytes is not None:
            self._state.know_size(stats.size_bytes)
            if not self.pre_sign:  # a store's own ETag need not be the checksum
                self._state.check_pin(stats.checksum)


class ObjectWriter(LakeFSIOBase):
    """Writes an object, which appears as a whole when `close` returns, and is durable then.

    Up to a MiB is kept and sent at once; what is more streams while it is written. If the `with` block raises, or
    after `discard`, nothing appears.
    """

    def __init__(self, obj: StoredObject, mode: WriteModes, pre_sign: Optional[bool] = None,
                 content_type: Optional[str] = None, metadata: Optional[dict[str, str]] = None,
                 client: Optional[Client] = None, **kwargs: Any) -> None:
        _writing.check_write_mode(mode)
        super().__init__(obj, mode, pre_sign, client)
        if mode.startswith("x") and obj.exists():
            raise ObjectExistsException(412, f"{obj.path} exists already")
        self._kwargs = kwargs
        self._content_type = content_type
        self._metadata = metadata
        self._buffer: Any = io.BytesIO()
        self._written = 0
        self._spooled = False
        self._pipe: Optional[BodyPipe] = None
        self._call: Optional[PendingCall] = None
        self._is_closed = False

    @property
    def content_type(self) -> Optional[str]:
        """The content type; it can be set until the first MiB has been written."""
        return self._content_type

    @content_type.setter
    def content_type(self, value: Optional[str]) -> None:
        self._check_not_sent("content_type")
        self._content_type = value

    @property
    def metadata(self) -> Optional[dict[str, str]]:
        """The metadata; it can be set until the first MiB has been written."""
        return self._metadata

    @metadata.setter
    def metadata(self, value: Optional[dict[str, str]]) -> None:
        self._check_not_sent("metadata")
        self._metadata = value

    def _check_not_sent(self, what: str) -> None:
        if self._call is not None:
            raise io.UnsupportedOperation(f"{what} has been sent already; set it when opening the writer")

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._is_closed

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        """How many octets were written."""
        return self._written

    def write(self, s: Any) -> int:
        """Adds text (as UTF-8) or octets; how many octets."""
        self._check_open()
        data = memoryview(_writing.octets(s)).cast("B")
        if self._call is None and not self._spooled and self._written + len(data) > _writing.STREAM_AFTER:
            self._start()
        if self._pipe is not None:
            self._send(data)
        else:
            self._buffer.write(data)
        self._written += len(data)
        return len(data)

    def writelines(self, lines: Iterable[Any]) -> None:
        """Writes each; nothing is added between them."""
        for line in lines:
            self.write(line)

    def discard(self) -> None:
        """Closes it; nothing appears."""
        self._abort()

    def close(self) -> None:
        """Returns when the object is there and durable; then `stat` of the object knows it without asking.

        Raises ObjectExistsException (mode `x`), PermissionException, ObjectNotFoundException, TransportException;
        the writer is closed then too.
        """
        if self._is_closed:
            return
        self._is_closed = True
        try:
            with api_exception_handler(_writing.upload_error(self._mode)):
                if self._pipe is not None and self._call is not None:
                    self._pipe.close()
                    stats = self._call.result()
                elif self.pre_sign:
                    stats = self._upload_presigned()
                else:
                    stats = self._upload()
            self._obj._stats = ObjectInfo._of(stats)
        except BaseException:
            self._break_off()
            raise
        finally:
            self._buffer.close()

    def _abort(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._break_off()
            self._buffer.close()

    def _break_off(self) -> None:
        if self._pipe is not None:
            self._pipe.abort()
        if self._call is not None:
            self._call.cancel()

    def __del__(self) -> None:
        # Forgotten without `close`: nothing may appear, and the connection is not left waiting.
        if not getattr(self, "_is_closed", True):
            self._abort()

    def _start(self) -> None:
        """More than a MiB: begins to send, or goes on in a file if the object store needs to know the size."""
        if self.pre_sign:
            import tempfile

            spool = tempfile.TemporaryFile()
            spool.write(self._buffer.getbuffer())
            self._buffer, self._spooled = spool, True
            return
        from mere_sdk._native import BodyPipe
        from mere_sdk._operations import UPLOAD_OBJECT

        self._pipe = BodyPipe()
        self._call = session_of(self._client.sdk_client).start(UPLOAD_OBJECT, self._arguments(), self._pipe,
                                                              self._options())
        self._send(self._buffer.getbuffer())
        self._buffer = io.BytesIO()

    def _send(self, data: memoryview) -> None:
        assert self._pipe is not None and self._call is not None
        try:
            self._pipe.write(data)
        except BrokenPipeError:  # the request ended before its body: its answer says why
            self._is_closed = True
            with api_exception_handler(_writing.upload_error(self._mode)):
                self._call.result()
            raise TransportException(f"the upload of {self.name} ended before its last octet") from None

    def _arguments(self) -> tuple[Any, ...]:
        return _writing.upload_arguments(self._obj.repo, self._obj.ref, self.name, self._mode, self._kwargs)

    def _options(self) -> Any:
        return _writing.upload_options(self._content_type, self._metadata, self._kwargs)

    def _upload(self) -> Any:
        from mere_sdk._operations import UPLOAD_OBJECT

        body = self._buffer if self._spooled else self._buffer.getvalue()
        if self._spooled:
            body.seek(0)
        return session_of(self._client.sdk_client).call(UPLOAD_OBJECT, self._arguments(), body, self._options())

    def _upload_presigned(self) -> Any:
        staging = self._client.sdk_client.staging_api
        kwargs = {key: self._kwargs[key] for key in ("_request_timeout",) if key in self._kwargs}
        location = staging.get_physical_address(self._obj.repo, self._obj.ref, self.name, True, **kwargs)
        storage = self._client.storage_config_by_id(self._obj.storage_id())
        self._buffer.seek(0)
        answer = staging.api_client.rest_client.pool_manager.request(
            method="PUT", url=location.presigned_url, body=self._buffer,
            headers=_writing.presigned_headers(self._content_type, self._written, storage.blockstore_type))
        handle_http_error(answer)
        link = _writing.staging_metadata(location, self._written, _writing.stored_checksum(answer.headers),
                                         self._content_type, self._metadata)
        return staging.link_physical_address(self._obj.repo, self._obj.ref, self.name, staging_metadata=link,
                                             if_none_match="*" if self._mode.startswith("x") else None, **kwargs)


class StoredObject(_BaseLakeFSObject):
    """An object by repository, ref and path; nothing is asked before it is needed."""

    _stats: Optional[ObjectInfo] = None
    _storage_id: Optional[str] = None

    def __init__(self, repository_id: str, reference_id: str, path: str, client: Optional[Client] = None) -> None:
        self._repo_id = repository_id
        self._ref_id = reference_id
        self._path = path
        super().__init__(client)

    def __str__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        return f'{type(self).__name__}(repository="{self.repo}", reference="{self.ref}", path="{self.path}")'

    @property
    def repo(self) -> str:
        """The repository's name."""
        return self._repo_id

    @property
    def ref(self) -> str:
        """The ref expression."""
        return self._ref_id

    @property
    def path(self) -> str:
        """The path."""
        return self._path

    def reader(self, mode: ReadModes = "rb", pre_sign: Optional[bool] = None, **kwargs: Any) -> ObjectReader:
        """Opens the object for reading, `rb` for octets or `r` for UTF-8 text; nothing is asked before the first
        read. `pre_sign`: see ObjectReader.pre_sign."""
        return ObjectReader(self, mode=mode, pre_sign=pre_sign, client=self._client, **kwargs)

    def stat(self, pre_sign: Optional[bool] = None, **kwargs: Any) -> ObjectInfo:
        """What is known of the object, asked for once unless `pre_sign`: then `physical_address` is one that can
        be read without credentials for a while. Raises ObjectNotFoundException, PermissionException."""
        if self._stats is None or pre_sign:
            with api_exception_handler(io_exception_handler):
                self._stats = ObjectInfo._of(self._client.sdk_client.objects_api.stat_object(
                    self._repo_id, self._ref_id, self._path, presign=pre_sign, **kwargs))
        return self._stats

    def _ask_stat(self) -> ObjectInfo:
        self._stats = None
        return self.stat()

    def storage_id(self) -> str:
        """The id of the storage that has the repository; nothing is asked where the server has only one."""
        if self._storage_id is None:
            self._storage_id = SINGLE_STORAGE_ID
            if self._client._has_several_storages():
                with api_exception_handler(io_exception_handler):
                    found = self._client.sdk_client.repositories_api.get_repository(self._repo_id)
                self._storage_id = found.storage_id or SINGLE_STORAGE_ID
        return self._storage_id

    def exists(self, **kwargs: Any) -> bool:
        """Whether it is there. Raises PermissionException."""
        found = False

        with api_exception_handler(lambda error: io_exception_handler(error)
                                   if not isinstance(error, NotFoundException) else None):
            self._client.sdk_client.objects_api.head_object(self._repo_id, self._ref_id, self._path, **kwargs)
            found = True
        return found

    def copy(self, destination_branch_id: str, destination_path: str, **kwargs: Any) -> WriteableObject:
        """Copies it to a path of a branch in the same repository and answers the copy.

        Raises NotFoundException, NotAuthorizedException.
        """
        from mere_sdk import ObjectCopyCreation

        creation = ObjectCopyCreation(src_ref=self._ref_id, src_path=self._path, shallow=False)
        with api_exception_handler():
            self._client.sdk_client.objects_api.copy_object(
                repository=self._repo_id, branch=destination_branch_id, dest_path=destination_path,
                object_copy_creation=creation, **kwargs)
        return WriteableObject(self._repo_id, destination_branch_id, destination_path, client=self._client)

    def to_pandas(self, format: Optional[str] = None, **kwargs: Any) -> pandas.DataFrame:
        """The object as a pandas DataFrame, by its suffix: parquet, csv, tsv, json, ndjson, arrow, feather.

        `format` goes before the suffix; `kwargs` (`columns` among them) are those of pandas' reader.
        """
        from mere import _tables

        return _tables.to_pandas(self.reader(), self._path, format, kwargs)

    def to_polars(self, format: Optional[str] = None, **kwargs: Any) -> polars.DataFrame:
        """The object as a polars DataFrame; as `to_pandas`."""
        from mere import _tables

        return _tables.to_polars(self.reader(), self._path, format, kwargs)

    def to_arrow(self, format: Optional[str] = None, **kwargs: Any) -> pyarrow.Table:
        """The object as an Arrow table; as `to_pandas`."""
        from mere import _tables

        return _tables.to_arrow(self.reader(), self._path, format, kwargs)

    def to_duckdb(self, connection: Optional[duckdb.DuckDBPyConnection] = None, format: Optional[str] = None,
                  **kwargs: Any) -> duckdb.DuckDBPyRelation:
        """The object as a DuckDB relation, of the default connection if none is given; as `to_arrow`."""
        from mere import _tables

        return _tables.to_duckdb(self.to_arrow(format, **kwargs), connection)


class WriteableObject(StoredObject):
    """An object of a branch."""

    _pipeline: Optional[Pipeline] = None  # that of the transaction it belongs to

    def __init__(self, repository_id: str, reference_id: str, path: str, client: Optional[Client] = None) -> None:
        super().__init__(repository_id, reference_id, path, client=client)

    def upload(self, data: Union[str, bytes], mode: WriteModes = "w", pre_sign: Optional[bool] = None,
               content_type: Optional[str] = None, metadata: Optional[dict[str, str]] = None,
               **kwargs: Any) -> WriteableObject:
        """Writes the whole object: text as UTF-8, or octets.

        `mode`: `w`, `wb` write in any case, `x`, `xb` only if there is no such object. Within a transaction several
        uploads overlap; all are durable before the commit. Raises ObjectExistsException, ObjectNotFoundException
        (no such branch), PermissionException, TransportException.
        """
        _writing.check_write_mode(mode)
        if self._wants_presigned(pre_sign):
            with ObjectWriter(self, mode, True, content_type, metadata, self._client, **kwargs) as writer:
                writer.write(data)
            return self
        from mere_sdk._operations import UPLOAD_OBJECT

        body = _writing.octets(data)
        arguments = _writing.upload_arguments(self._repo_id, self._ref_id, self._path, mode, kwargs)
        options = _writing.upload_options(content_type, metadata, kwargs)
        handler = _writing.upload_error(mode)
        self._stats = None
        if self._pipeline is not None and not mode.startswith("x"):
            session = session_of(self._client._sdk_without_waiting())
            self._pipeline.start(session, UPLOAD_OBJECT, arguments, bytes(body), options, handler)
        else:
            with api_exception_handler(handler):
                session = session_of(self._client.sdk_client)
                self._stats = ObjectInfo._of(session.call(UPLOAD_OBJECT, arguments, body, options))
        return self

    def _wants_presigned(self, pre_sign: Optional[bool]) -> bool:
        if pre_sign is None:
            return bool(self._client.storage_config_by_id(self.storage_id()).pre_sign_support)
        return pre_sign

    def delete(self, **kwargs: Any) -> None:
        """Deletes it; one that is not there is no error. Raises ObjectNotFoundException (no such branch),
        PermissionException."""
        with api_exception_handler(io_exception_handler):
            self._client.sdk_client.objects_api.delete_object(self._repo_id, self._ref_id, self._path, **kwargs)
            self._stats = None

    def writer(self, mode: WriteModes = "wb", pre_sign: Optional[bool] = None, content_type: Optional[str] = None,
               metadata: Optional[dict[str, str]] = None, **kwargs: Any) -> ObjectWriter:
        """Opens the object for writing, see ObjectWriter; `mode` as that of `upload`."""
        return ObjectWriter(self, mode=mode, pre_sign=pre_sign, content_type=content_type, metadata=metadata,
                            client=self._client, **kwargs)
