"""What a read does: which requests it makes, and what it does with their answers."""

from __future__ import annotations

import io
import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Optional

from mere import _reading
from mere._reading import Answer, ReadState
from mere.exceptions import (
    InvalidRangeException,
    TransportException,
    api_exception_handler,
    header,
    io_exception_handler,
)
from mere_sdk.exceptions import of_response

if TYPE_CHECKING:
    from mere_sdk._native import BodyStream, Response


# The status of an answer, what finds a header of it, and its octets.
Got = tuple[Optional[int], Callable[[str], Optional[str]], bytes]


def got_natively(answer: Response) -> Got:
    """An answer of the core. Raises what the generated client would."""
    if not 200 <= answer.status < 300:
        raise of_response(answer)
    return answer.status, answer.header, answer.body


def got_by_method(answer: Any) -> Got:
    """An answer of the generated client's method, or of what a program has put in its place."""
    return answer.status_code, partial(header, answer.headers), answer.data


class ReadSteps:
    """A reader without its requests, which its class makes."""

    def __init__(self, name: str, binary: bool, kwargs: dict[str, Any]) -> None:
        self._state = ReadState(name)
        self._binary = binary
        self._kwargs = kwargs  # of the generated call; with them there is no stream
        self._stream: Optional[BodyStream] = None
        self._stream_at = 0

    # The requests

    async def _presigned(self) -> bool:
        """Whether the octets come from the object store itself."""
        raise NotImplementedError

    async def _get(self, extent: Optional[str], presign: bool) -> Got:
        """The answer to a request for the octets of a Range header."""
        raise NotImplementedError

    async def _get_stream(self, extent: str) -> BodyStream:
        raise NotImplementedError

    async def _get_piece(self, stream: BodyStream, size: int) -> bytes:
        raise NotImplementedError

    async def _get_stats(self) -> Any:
        raise NotImplementedError

    async def _pause(self, seconds: float) -> None:
        raise NotImplementedError

    # The reads

    async def _seek_to(self, offset: int, whence: int) -> int:
        if whence == os.SEEK_END and self._state.size is None:
            stats = await self._get_stats()
            if stats.size_bytes is not None:
                self._state.know_size(stats.size_bytes)
                if not await self._presigned():  # a store's own ETag need not be the checksum
                    self._state.check_pin(stats.checksum)
        return self._state.seek(offset, whence)

    async def _read(self, n: Optional[int]) -> Any:
        if n is not None and n < 0:
            raise OSError("the number of octets to read must be a positive integer")
        if self._binary:
            return await (self._rest() if n is None else self._octets(n))
        return (
            (await self._rest()).decode("utf-8")
            if n is None
            else await self._characters(n, self._octets)
        )

    async def _read1(self, n: int) -> Any:
        most = _reading.LARGEST_WINDOW if n < 0 else n
        if not self._binary:
            return await self._read(most)
        return self._state.take(most) or (
            self._state.take(most) if await self._fill(min(most, 1)) else b""
        )

    async def _read_into(self, buffer: Any) -> int:
        if not self._binary:
            raise io.UnsupportedOperation("readinto in text mode")
        view = memoryview(buffer).cast("B")
        done = 0
        while done < len(view):
            piece = self._state.take(len(view) - done)
            if piece:
                view[done : done + len(piece)] = piece
                done += len(piece)
            elif not await self._fill(len(view) - done):
                break
        return done

    async def _read_line(self, limit: Optional[int]) -> Any:
        most = _reading.LINE_LIMIT if limit is None or limit < 0 else limit
        if self._binary:
            return await self._line(most)
        if most == _reading.LINE_LIMIT:
            return (await self._line(most)).decode("utf-8")
        return await self._characters(most, self._line, one_line=True)

    async def _read_lines(self, hint: Optional[int]) -> list[Any]:
        lines: list[Any] = []
        total = 0
        while line := await self._read_line(-1):
            lines.append(line)
            total += len(line)
            if hint is not None and 0 < hint <= total:
                break
        return lines

    # From the buffer

    async def _octets(self, n: int) -> bytes:
        pieces = []
        while n > 0:
            piece = self._state.take(n)
            if piece:
                pieces.append(piece)
                n -= len(piece)
            elif not await self._fill(n):
                break
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _line(self, most: int) -> bytes:
        pieces = []
        while most > 0:
            piece = self._state.take_line(most)
            if piece:
                pieces.append(piece)
                most -= len(piece)
                if piece.endswith(b"\n"):
                    break
            elif not await self._fill(1):
                break
        return b"".join(pieces)

    async def _characters(
        self, n: int, take: Callable[[int], Awaitable[bytes]], one_line: bool = False
    ) -> str:
        count = _reading.CharacterCount(n)
        while count.missing > 0:
            data = await take(count.missing)
            if not data or count.add(data).endswith("\n") and one_line:
                break
        return count.result()

    # From the lake

    async def _fill(self, wanted: int) -> bool:
        """Puts more into the buffer, of which `wanted` octets are known to be needed; False: there
        is no more.
        """
        state = self._state
        if state.at_end() or wanted <= 0 or state.ended_short():
            return False
        if not self._kwargs and state.should_stream(wanted) and not await self._presigned():
            state.put(Answer(state.position, await self._from_stream(), True))
        else:
            length = state.plan(wanted)
            try:
                answer = await self._request(length)
            except TransportException:
                if not await self._may_resume():
                    raise
                answer = Answer(state.position, await self._from_stream(), True)
            if answer is None or not answer.data:
                return False
            state.put(answer)
            state.fetched(answer.start + len(answer.data), len(answer.data))
            if not answer.exact and len(answer.data) < length:
                state.short_at = answer.start + len(answer.data)
        return state.offset() < len(state.buffer)

    async def _request(self, length: Optional[int]) -> Optional[Answer]:
        """The octets from the position; None if there are none."""
        state = self._state
        start = state.position
        presign = await self._presigned()
        try:
            with api_exception_handler(io_exception_handler):
                response = await self._get(_reading.range_header(start, length), presign)
        except InvalidRangeException as error:
            state.behind_end(error.size)
            return None
        return state.accept(start, length, *response)

    async def _may_resume(self) -> bool:
        return not self._kwargs and not await self._presigned()

    async def _rest(self) -> bytes:
        """All that is left. A whole object is one request and is not kept."""
        state = self._state
        state.short_at = None
        begin = state.take(len(state.buffer))
        if state.at_end():
            return begin
        try:
            answer = await self._request(None)
        except TransportException:
            if not await self._may_resume():
                raise
            return begin + await self._rest_resumed()
        if answer is None:
            return begin
        rest = answer.data[state.position - answer.start :]
        state.position += len(rest)
        return begin + rest if begin else rest

    async def _rest_resumed(self) -> bytes:
        """All that is left in pieces, each of which may take another connection."""
        pieces = []
        while not self._state.at_end():
            data = await self._from_stream()
            if not data:
                break
            self._state.position += len(data)
            pieces.append(data)
        self._end_stream()
        return b"".join(pieces)

    async def _from_stream(self) -> bytes:
        """The next piece of one request that brings everything from the position on; asked anew if
        it breaks.
        """
        state = self._state
        attempt = 0
        while True:
            try:
                with api_exception_handler(io_exception_handler):
                    if self._stream is None or self._stream_at != state.position:
                        await self._open_stream()
                    assert self._stream is not None
                    data = await self._get_piece(self._stream, _reading.STREAM_CHUNK)
                if not data and state.size is not None and state.position < state.size:
                    raise TransportException(
                        f"{state.name} broke off at {state.position} of {state.size} octets"
                    )
                break
            except InvalidRangeException as error:
                state.behind_end(error.size)
                return b""
            except TransportException:
                self._end_stream()
                attempt += 1
                if attempt == _reading.ATTEMPTS:
                    raise
                await self._pause(_reading.pause(attempt))
        self._stream_at += len(data)
        state.fetched(self._stream_at, len(data))
        return data

    async def _open_stream(self) -> None:
        self._end_stream()
        start = self._state.position
        stream = await self._get_stream(f"bytes={start}-")
        self._stream, self._stream_at = stream, start
        self._state.accept_stream(start, stream.header, stream.status)

    def _end_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _forget(self) -> None:
        """The reader is closed."""
        self._state.buffer = b""
        self._end_stream()
