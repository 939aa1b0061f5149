"""Files of the lake for coroutines."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Optional

from fsspec.asyn import AbstractAsyncStreamedFile
from mere_sdk import _operations as operations
from mere_sdk._native import BodyPipe

from mere_spec._writing import SMALL
from mere_spec.errors import translated

if TYPE_CHECKING:
    from typing_extensions import Self

    from mere_spec.spec import LakeFSFileSystem


class AsyncReader(AbstractAsyncStreamedFile):  # type: ignore[misc]
    """An object being read as a stream; a seek begins a new one."""

    def __init__(self, fs: LakeFSFileSystem, path: str, details: Any) -> None:
        self.details = details
        super().__init__(fs, path, "rb", cache_type="none", size=details["size"])
        self._stream: Any = None
        self._at = -1  # where the stream is

    async def read(self, length: int = -1) -> bytes:
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        left = self.size - self.loc
        length = left if length is None or length < 0 else min(length, left)
        if length <= 0:
            return b""
        with translated(self.path):
            if self._at != self.loc:
                await self._open()
            data: bytes = await self._stream.read_async(length)
        self.loc += len(data)
        self._at = self.loc
        return data

    async def _open(self) -> None:
        from mere_spec._reading import changed

        if self._stream is not None:
            self._stream.close()
        byte_range = f"bytes={self.loc}-" if self.loc else None
        arguments = self.fs._get_arguments(self.path, byte_range)
        session, options = self.fs._session, self.fs._options
        self._stream = await session.stream_async(operations.GET_OBJECT, arguments, None, options)
        tag = self._stream.header("ETag")
        if tag and tag.removeprefix("W/").strip('"') != self.details["checksum"]:
            raise changed(self.path)

    async def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        self.closed = True

    async def __aenter__(self) -> Self:
        return self


class AsyncWriter(AbstractAsyncStreamedFile):  # type: ignore[misc]
    """An object being written; it is there when the file is closed, never if the block raised."""

    def __init__(
        self, fs: LakeFSFileSystem, path: str, mode: str, content_type: Any, metadata: Any
    ) -> None:
        super().__init__(fs, path, "wb")
        self.closed: bool = False
        self.mode = mode
        self.buffer = io.BytesIO()
        self._arguments = fs._put_arguments(path, mode.startswith("x"))
        self._options = fs._upload_options(content_type, metadata)
        self._pipe: Optional[BodyPipe] = None
        self._sent: Any = None

    async def write(self, data: Any) -> int:
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        size = memoryview(data).nbytes
        if self._pipe is None and self.buffer.tell() + size <= SMALL:
            self.buffer.write(data)
        else:
            await self._send(data)
        self.loc += size
        return size

    async def _send(self, data: Any) -> None:
        if self._pipe is None:
            if self.fs.create_branch_ok:
                await self.fs._ensure_branch(*self._arguments[:2])
            self._pipe = BodyPipe(4 * SMALL)
            self._sent = self.fs._session.call_async(
                operations.UPLOAD_OBJECT, self._arguments, self._pipe, self._options
            )
            await self._pipe.write_async(self.buffer.getvalue())
            self.buffer = io.BytesIO()
        with translated(self.path):
            try:
                await self._pipe.write_async(data)
            except BrokenPipeError:
                await self._finish()  # raises why
                raise

    async def _finish(self) -> None:
        try:
            with translated(self.path):
                await self._sent
        finally:
            self.fs._forget(self.path)

    async def flush(self, force: bool = False) -> None:
        """Nothing: what is written goes out by itself."""

    async def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        if self._pipe is not None:
            self._pipe.close()
            await self._finish()
        else:
            body = self.buffer.getvalue()
            await self.fs._upload(self.path, self._arguments, body, self._options)

    async def discard(self) -> None:
        """Closes the file without an object."""
        if self.closed:
            return
        self.closed = True
        if self._pipe is not None:
            self._pipe.abort()
            self._sent.cancel()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        await (self.close() if kind is None else self.discard())

    def __del__(self) -> None:
        """What was never closed is not written."""
        pipe = getattr(self, "_pipe", None)
        if pipe is not None and not self.closed:
            pipe.abort()
