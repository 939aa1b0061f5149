"""Files of the lake, opened for reading or writing."""

from __future__ import annotations

import errno
import io
import os
import warnings
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, AnyStr, Generic, Optional

from fsspec.spec import AbstractBufferedFile
from mere_sdk import _operations as operations
from mere_sdk._native import BodyPipe
from mere_sdk.exceptions import of_response

from mere_spec import _readahead as _readahead  # registers the cache "lake"
from mere_spec._calls import run
from mere_spec._reading import changed
from mere_spec._writing import SMALL
from mere_spec.errors import translated

if TYPE_CHECKING:
    from mere.client import Client
    from typing_extensions import Self

    from mere_spec.spec import LakeFSFileSystem

LINE = 8 * 1024  # bytes that are searched for a line's end at once
PIPE = 4 * 1024 * 1024  # bytes of a write that wait to be sent


class _OfLake:
    """What readers and writers tell of themselves."""

    fs: LakeFSFileSystem
    path: str
    _pre_sign: Optional[bool]

    @property
    def _client(self) -> Client:
        return self.fs.client

    @property
    def _obj(self) -> Any:
        """The object, as the package mere has it."""
        from mere import Branch, Reference

        repository, ref, key = self.fs.split_path(self.path)
        kind = Branch if self.writable() else Reference  # type: ignore[attr-defined]
        return kind(repository, ref, client=self._client).object(key)

    @property
    def pre_sign(self) -> bool:
        """Whether the bytes go to and from the object store itself. None was: as the lake says it
        can.
        """
        if self._pre_sign is None:
            storage = self._client.storage_config_by_id(self._obj.storage_id())
            self._pre_sign = bool(storage.pre_sign_support)
        return self._pre_sign

    @pre_sign.setter
    def pre_sign(self, value: Optional[bool]) -> None:
        self._pre_sign = value


class LakeFSObjectReader(_OfLake, AbstractBufferedFile, Generic[AnyStr]):  # type: ignore[misc]
    """An object being read, with a cache in front of it.

    All of it comes from the content that was there when it was opened: if the object is written
    anew meanwhile, the next request raises OSError with ESTALE.
    """

    DEFAULT_BLOCK_SIZE = 1024 * 1024

    def __init__(
        self,
        fs: LakeFSFileSystem,
        path: str,
        details: Any,
        pre_sign: Optional[bool] = None,
        block_size: Any = "default",
        cache_type: str = "lake",
        cache_options: Optional[dict[str, Any]] = None,
    ) -> None:
        self.details = details
        self._pre_sign = pre_sign
        self._url: Optional[str] = None
        super().__init__(
            fs,
            path,
            "rb",
            block_size=block_size or "default",
            cache_type=cache_type,
            cache_options=cache_options,
            size=details["size"],
        )

    def _fetch_range(self, start: int, end: int) -> bytes:
        end = min(end, self.size)
        if start >= end:
            return b""
        whole = start == 0 and end == self.size
        byte_range = None if whole else f"bytes={start}-{end - 1}"
        with translated(self.path):
            answer = self._ask(byte_range)
        self._check_pin(answer)
        body = answer.body if hasattr(answer, "body") else answer.data
        if len(body) != end - start:
            text = f"asked for {end - start} bytes from {start}, {len(body)} came"
            raise OSError(errno.EIO, text, self.path)
        return body  # type: ignore[no-any-return]

    def _ask(self, byte_range: Optional[str]) -> Any:
        fs = self.fs
        if self._pre_sign:
            return self._ask_store(byte_range)
        arguments = fs._get_arguments(self.path, byte_range)
        replaced = fs._replaced("get_object_with_http_info")
        if replaced is not None:
            return replaced(*arguments, **fs._request_config)
        answer = fs._session.respond(operations.GET_OBJECT, arguments, None, fs._options)
        if not 200 <= answer.status < 300:
            if answer.status == 416 or answer.status == 404:
                run(fs._info(self.path))  # raises if it is gone
                raise changed(self.path)
            raise of_response(answer)
        return answer

    def _ask_store(self, byte_range: Optional[str]) -> Any:
        """Of the object store itself; an address that expired is asked for anew."""
        headers = [("Range", byte_range)] if byte_range else []
        for attempt in (0, 1):
            if self._url is None:
                repository, ref, key = self.fs.split_path(self.path)
                arguments = (repository, ref, key, False, True)
                call = self.fs._call(operations.STAT_OBJECT, arguments, path=self.path)
                self._url = run(call).physical_address
            answer = self.fs._session.request("GET", self._url, headers)
            if answer.status in (200, 206):
                return answer
            self._url = None
            if answer.status != 403 or attempt:
                raise of_response(answer)
        raise AssertionError("unreachable")

    def _check_pin(self, answer: Any) -> None:
        if self._pre_sign:
            return  # a store's ETag is of its own making, and what is at its address never changes
        headers = answer.headers
        found = headers.get("ETag") if hasattr(headers, "get") else answer.header("ETag")
        if found and found.removeprefix("W/").strip('"') != self.details["checksum"]:
            raise changed(self.path)

    def read(self, n: Optional[int] = None) -> bytes:
        """`n` bytes, fewer only at the end; without `n` all that is left."""
        return super().read(-1 if n is None else n)  # type: ignore[no-any-return]

    def readline(self, limit: int = -1) -> bytes:
        """Up to and including the next line feed, at most `limit` bytes."""
        pieces: list[bytes] = []
        while limit:
            piece = self.read(LINE if limit < 0 else min(LINE, limit))
            end = piece.find(b"\n") + 1
            if end:
                self.loc -= len(piece) - end
                pieces.append(piece[:end])
                break
            pieces.append(piece)
            if not piece:
                break
            limit -= len(piece) if limit > 0 else 0
        return b"".join(pieces)

    def readlines(self, hint: int = -1) -> list[bytes]:
        """The lines that are left, or so many that they have `hint` bytes."""
        lines: list[bytes] = []
        left = hint
        while line := self.readline():
            lines.append(line)
            left -= len(line)
            if hint > 0 and left <= 0:
                break
        return lines

    def seek(self, offset: int, whence: int = 0) -> int:
        """Moves the position; asks nothing of the lake."""
        super().seek(offset, whence)
        return self.loc  # type: ignore[no-any-return]

    def truncate(self, size: Optional[int] = None) -> int:
        """Raises UnsupportedOperation: an object is only replaced as a whole."""
        raise io.UnsupportedOperation("truncate")

    def __next__(self) -> AnyStr:
        line: Any = self.readline()
        if not line:
            raise StopIteration
        return line  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[AnyStr]:
        return self

    def __enter__(self) -> Self:
        return self


class LakeFSObjectWriter(_OfLake, io.RawIOBase, Generic[AnyStr]):
    """An object being written: it is there when the file is closed, and not before.

    Up to 1 MiB is held and sent at once; more is sent while it is written, with at most 4 MiB
    waiting. If the block of a `with` raises, or `discard` is called, the lake keeps nothing.
    """

    def __init__(
        self,
        fs: LakeFSFileSystem,
        path: str,
        mode: str = "wb",
        pre_sign: Optional[bool] = None,
        content_type: Optional[str] = None,
        metadata: Optional[dict[str, str]] = None,
        autocommit: bool = False,
    ) -> None:
        self.fs = fs
        self.path = path
        self.mode = mode
        self.name = path
        self._pre_sign = pre_sign
        self._content_type = content_type
        self._metadata = metadata
        self._autocommit = autocommit
        self._arguments = fs._put_arguments(path, mode.startswith("x"))
        self._options = fs._upload_options(content_type, metadata)
        self._held = bytearray()
        self._pipe: Optional[BodyPipe] = None
        self._sent: Any = None
        self._store: Any = None  # the writer of mere that sends to the object store itself
        self._position = 0

    starts_text = False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self.starts_text

    def tell(self) -> int:
        return self._position

    def write(self, s: Any) -> int:
        """Waits while too much is on its way. Text is written as UTF-8."""
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        data = s.encode() if isinstance(s, str) else memoryview(s).cast("B")
        if self._pre_sign:
            self._write_to_store(data)
        elif self._pipe is None and len(self._held) + len(data) <= SMALL:
            self._held += data
        else:
            self._send(data)
        self._position += len(data)
        return len(data)

    def _send(self, data: Any) -> None:
        with translated(self.path):
            try:
                if self._pipe is None:
                    self._start()
                self._pipe.write(data)  # type: ignore[union-attr]
            except BrokenPipeError:
                self._finish()  # raises why
                raise

    def _start(self) -> None:
        fs = self.fs
        if fs.create_branch_ok:
            run(fs._ensure_branch(*self._arguments[:2]))
        self._pipe = BodyPipe(PIPE)
        self._sent = fs._session.start(
            operations.UPLOAD_OBJECT, self._arguments, self._pipe, self._options
        )
        held, self._held = self._held, bytearray()
        self._pipe.write(bytes(held))

    def _finish(self) -> None:
        try:
            with translated(self.path):
                self._sent.result()
        finally:
            self.fs._forget(self.path)

    def close(self) -> None:
        """The object is in the lake when this returns."""
        if self.closed:
            return
        super().close()
        if self._pipe is not None:
            self._pipe.close()
            self._finish()
        elif self._pre_sign:
            self._close_store()
        else:
            held, self._held = bytes(self._held), bytearray()
            self.fs._write_small(self, held)

    def _write_to_store(self, data: Any) -> None:
        if self._store is None:
            if self.fs.create_branch_ok:
                run(self.fs._ensure_branch(*self._arguments[:2]))
            self._store = self._obj.writer(
                mode="xb" if self.mode.startswith("x") else "wb",
                pre_sign=True,
                content_type=self._content_type,
                metadata=self._metadata,
            )
        self._store.write(bytes(data))

    def _close_store(self) -> None:
        try:
            with translated(self.path):
                if self._store is None:
                    self._write_to_store(b"")
                self._store.close()
        finally:
            self.fs._forget(self.path)

    def discard(self) -> None:
        """Closes the file without an object. No effect once it is closed."""
        if self.closed:
            return
        super().close()
        self._held = bytearray()
        if self._pipe is not None:
            self._pipe.abort()
            self._sent.cancel()
        if self._store is not None:
            self._store.discard()

    def commit(self) -> None:
        """For fsspec: what is closed is written."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def __del__(self) -> None:
        if not getattr(self, "fs", None) or self.closed:
            return
        warnings.warn(
            f"{self.path} was never closed: nothing is written", ResourceWarning, stacklevel=1
        )
        self.discard()

    def __repr__(self) -> str:
        return f"<LakeFSObjectWriter {os.fspath(self.path)!r} mode={self.mode!r}>"


class TextFile(io.TextIOWrapper):
    """A file of text, over a reader or writer."""

    mode: str

    def __init__(self, file: Any, mode: str, **options: Any) -> None:
        # A byte order mark is only written to what says that it can seek.
        if mode != "r":
            file.starts_text = True
        super().__init__(file, **options)
        if mode != "r":
            file.starts_text = False
        self.mode = mode

    def discard(self) -> None:
        """Closes the file without an object."""
        self.buffer.discard()  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":
            raise AttributeError(name)
        return getattr(self.buffer, name)

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if kind is not None and self.writable():
            self.discard()
        self.close()

    def __del__(self) -> None:
        """Without closing, which would write half a file: the writer below says what it says."""


class Compressed(io.BufferedIOBase):
    """A compressed view of a reader or writer, which ends with it."""

    def __init__(self, view: Any, below: Any, mode: str) -> None:
        self._view = view
        self._below = below
        self.mode = mode

    def readable(self) -> bool:
        return self.mode.startswith("r")

    def writable(self) -> bool:
        return not self.readable()

    def seekable(self) -> bool:
        return bool(self._view.seekable())

    def read(self, size: Optional[int] = -1) -> bytes:
        return self._view.read(-1 if size is None else size)  # type: ignore[no-any-return]

    def read1(self, size: int = -1) -> bytes:
        return self.read(LINE if size < 0 else size)

    def write(self, data: Any) -> int:
        return self._view.write(data)  # type: ignore[no-any-return]

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._view.seek(offset, whence)  # type: ignore[no-any-return]

    def tell(self) -> int:
        return self._view.tell()  # type: ignore[no-any-return]

    def close(self) -> None:
        """Ends the compression, then the file."""
        if not self.closed:
            super().close()
            self._view.close()
            self._below.close()

    def discard(self) -> None:
        """Closes the file without an object."""
        if not self.closed:
            super().close()
            self._below.discard()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None and self.writable():
            self.discard()
        self.close()

    def __del__(self) -> None:
        """Without closing, as `TextFile`."""
