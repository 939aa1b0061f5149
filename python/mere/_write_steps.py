"""What a writer does with what is written, without its requests."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Optional

from mere import _writing
from mere._parts import PartsUpload
from mere.exceptions import TransportException, api_exception_handler
from mere.models import ObjectInfo

if TYPE_CHECKING:
    from mere_sdk._native import BodyPipe

    from mere._names import ObjectName


class WriteSteps:
    """A writer without its requests, which its class makes. A MiB is kept and sent at once; more is
    streamed, or goes to a file where the object store needs to know the size.
    """

    _is_closed = True  # until the arguments have been found good

    def __init__(
        self,
        target: ObjectName,
        mode: str,
        content_type: Optional[str],
        metadata: Optional[dict[str, str]],
        kwargs: dict[str, Any],
    ) -> None:
        self._target = target
        self._write_mode = mode
        self._kwargs = kwargs
        self._content_type = content_type
        self._metadata = metadata
        self._buffer: Any = io.BytesIO()
        self._written = 0
        self._spooled = False
        self._pipe: Optional[BodyPipe] = None
        self._call: Any = None
        self._is_closed = False

    # The requests

    async def _presigned(self) -> bool:
        raise NotImplementedError

    async def _start(self, pipe: BodyPipe) -> Any:
        """Begins the upload; its call."""
        raise NotImplementedError

    async def _push(self, pipe: BodyPipe, data: memoryview) -> None:
        raise NotImplementedError

    async def _answer(self) -> Any:
        """What the upload answers in the end."""
        raise NotImplementedError

    async def _upload(self, body: Any) -> Any:
        raise NotImplementedError

    async def _upload_presigned(self, body: Any) -> Any:
        raise NotImplementedError

    # What is sent

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
            raise io.UnsupportedOperation(
                f"{what} has been sent already; set it when opening the writer"
            )

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._is_closed

    def tell(self) -> int:
        """How many octets were written."""
        return self._written

    def _arguments(self) -> tuple[Any, ...]:
        return _writing.upload_arguments(
            self._target.repo, self._target.ref, self._target.path, self._write_mode, self._kwargs
        )

    def _options(self) -> Any:
        return _writing.upload_options(self._content_type, self._metadata, self._kwargs)

    def _in_parts(self, file: Any, keywords: dict[str, Any]) -> PartsUpload:
        target = self._target
        return PartsUpload(
            target.repo,
            target.ref,
            target.path,
            file,
            self._written,
            self._content_type,
            self._metadata,
            keywords,
        )

    # The steps

    async def _add(self, s: Any) -> int:
        data = memoryview(_writing.octets(s)).cast("B")
        if (
            self._call is None
            and not self._spooled
            and self._written + len(data) > _writing.STREAM_AFTER
        ):
            await self._outgrow_memory()
        if self._pipe is not None:
            await self._send(data)
        else:
            self._buffer.write(data)
        self._written += len(data)
        return len(data)

    async def _outgrow_memory(self) -> None:
        if await self._presigned():
            import tempfile

            spool = tempfile.TemporaryFile()
            spool.write(self._buffer.getbuffer())
            self._buffer, self._spooled = spool, True
            return
        from mere_sdk._native import BodyPipe

        self._pipe = BodyPipe()
        self._call = await self._start(self._pipe)
        kept, self._buffer = self._buffer, io.BytesIO()
        if kept.tell():
            await self._send(kept.getbuffer())

    async def _send(self, data: memoryview) -> None:
        assert self._pipe is not None
        try:
            await self._push(self._pipe, data)
        except BrokenPipeError:  # the request ended before its body: its answer says why
            self._is_closed = True
            with api_exception_handler(_writing.upload_error(self._write_mode)):
                await self._answer()
            raise TransportException(
                f"the upload of {self._target.path} ended before its last octet"
            ) from None

    async def _finish(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        try:
            with api_exception_handler(_writing.upload_error(self._write_mode)):
                if self._pipe is not None:
                    self._pipe.close()
                    stats = await self._answer()
                else:
                    body = self._buffer if self._spooled else self._buffer.getvalue()
                    if self._spooled:
                        body.seek(0)
                    stats = await (
                        self._upload_presigned(body)
                        if await self._presigned()
                        else self._upload(body)
                    )
            self._target._stats = ObjectInfo._of(stats)
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
        self._abort()
