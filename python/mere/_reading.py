"""What a reader knows and decides, without the requests themselves."""

from __future__ import annotations

import codecs
import io
import os
from collections.abc import Callable
from typing import NamedTuple, Optional

from mere.exceptions import ObjectChangedException, TransportException

FIRST_WINDOW = 64 * 1024  # a small object, or a file's footer, is one request
LARGEST_WINDOW = 4 * 1024 * 1024
STREAM_AFTER = 1024 * 1024  # octets read in order; then one request streams the rest
STREAM_CHUNK = 1024 * 1024
SKIP = 256 * 1024  # a gap this small is read over rather than asked anew
LINE_LIMIT = 1 << 62  # a line may be as long as it likes
ATTEMPTS = 5  # without any octet between them


class Answer(NamedTuple):
    """One answer's octets and where they belong."""

    start: int
    data: bytes
    exact: bool  # the headers told the extent, so that a short answer would have been noticed


class ReadState:
    """Position, buffer and extent of the object, pinned to the content that was met first."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.position = 0
        self.size: Optional[int] = None
        self.pin: Optional[str] = None
        self.buffer = b""
        self.buffer_start = 0
        self.window = FIRST_WINDOW
        self.in_order = 0  # octets fetched one after the other since the last jump
        self.next_start = 0  # where the last fetch ended
        self.short_at: Optional[int] = None  # where an answer without a length ended early

    # The position

    def seek(self, offset: int, whence: int) -> int:
        """Moves the position; `size` must be known for SEEK_END."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.position, os.SEEK_END: self.size}.get(whence, -1)
        if base == -1:
            raise io.UnsupportedOperation(f"whence={whence} is not supported")
        if base is None:
            raise ValueError("Cannot seek from end: object size is unknown")
        if base + offset < 0:
            raise OSError("position must be a non-negative integer")
        self.position = base + offset
        return self.position

    def is_untouched(self) -> bool:
        """Whether nothing has been read and nothing is known."""
        return self.position == 0 and self.size is None and not self.buffer

    def took_whole(self, etag: Optional[str], size: int) -> None:
        """All of the object was answered to a request without a range."""
        self.check_pin(etag)
        self.size = self.position = size

    def at_end(self) -> bool:
        return self.size is not None and self.position >= self.size

    def ended_short(self) -> bool:
        """Whether the object seems to end here, though no header said so. Asked once: the next read
        tries again.
        """
        ended, self.short_at = self.short_at == self.position, None
        return ended

    # The buffer

    def offset(self) -> int:
        """Where in the buffer the position is; its length if it is outside."""
        offset = self.position - self.buffer_start
        return offset if 0 <= offset < len(self.buffer) else len(self.buffer)

    def take(self, most: int) -> bytes:
        """Octets from the buffer; empty if it has none for this position."""
        offset = self.offset()
        piece = self.buffer[offset : offset + most]
        self.position += len(piece)
        if len(piece) == len(self.buffer) > LARGEST_WINDOW:
            self.buffer = b""  # a large read is the caller's alone
        return piece

    def take_line(self, most: int) -> bytes:
        """Like `take`, up to and including the next line feed."""
        offset = self.offset()
        end = self.buffer.find(b"\n", offset, offset + most)
        return self.take(most if end < 0 else end - offset + 1)

    def put(self, answer: Answer) -> None:
        self.buffer, self.buffer_start = answer.data, answer.start

    # Requests

    def plan(self, wanted: int) -> int:
        """How many octets to ask for at the position: what is wanted, or more if reads come in
        order.
        """
        if self.position != self.next_start:
            self.window, self.in_order = FIRST_WINDOW, 0
        length = max(wanted, self.window)
        return length if self.size is None else min(length, self.size - self.position)

    def should_stream(self, wanted: int) -> bool:
        return (
            self.position == self.next_start
            and self.in_order >= STREAM_AFTER
            and wanted < LARGEST_WINDOW
        )

    def fetched(self, end: int, count: int) -> None:
        """An answer ended at `end`."""
        self.next_start = end
        self.in_order += count
        self.window = min(self.window * 4, LARGEST_WINDOW)

    def accept(
        self,
        start: int,
        asked: Optional[int],
        status: Optional[int],
        header: Callable[[str], Optional[str]],
        data: bytes,
    ) -> Answer:
        """Checks an answer to the range from `start` with `asked` octets (None: to the end).

        Raises ObjectChangedException if it is of other content than the first one.
        """
        self.check_pin(header("ETag"))
        content_range = header("Content-Range")
        length = header("Content-Length")
        if content_range is not None:
            first, end, total = parse_content_range(content_range)
            if first != start or end - first != len(data):
                raise TransportException(
                    f"{self.name}: asked for octets from {start}, the answer has "
                    f"{len(data)} and says {content_range}"
                )
            self.know_size(total)
            return Answer(start, data, True)
        if length is not None and status == 200:  # the whole object, whatever range was asked for
            self.know_size(len(data))
            return Answer(0, data, True)
        if start == 0 and asked is None:
            self.size = len(data)
        return Answer(start, data, False)

    def accept_stream(
        self, start: int, header: Callable[[str], Optional[str]], status: int
    ) -> None:
        self.check_pin(header("ETag"))
        content_range = header("Content-Range")
        if content_range is None or status != 206 or parse_content_range(content_range)[0] != start:
            raise TransportException(
                f"{self.name}: asked for octets from {start}, the answer is another: "
                f"status {status}, {content_range}"
            )
        self.know_size(parse_content_range(content_range)[2])

    def behind_end(self, size: Optional[int]) -> None:
        """The server says that the object ends before the position."""
        if self.pin is not None and self.size is not None and self.position < self.size:
            raise self._changed()
        self.size = self.position if size is None else size

    def check_pin(self, etag: Optional[str]) -> None:
        if etag is None:
            return
        tag = etag.strip().removeprefix("W/").strip('"')
        if self.pin is None:
            self.pin = tag
        elif self.pin != tag:
            raise self._changed()

    def know_size(self, size: Optional[int]) -> None:
        if size is None:
            return
        if self.size is not None and self.size != size and self.pin is not None:
            raise self._changed()
        self.size = size

    def _changed(self) -> ObjectChangedException:
        return ObjectChangedException(
            f"{self.name} was written anew while it was read; open it again"
        )


def range_header(start: int, length: Optional[int]) -> Optional[str]:
    """None for a whole object."""
    if length is None:
        return None if start == 0 else f"bytes={start}-"
    return f"bytes={start}-{start + length - 1}"


def parse_content_range(text: str) -> tuple[int, int, Optional[int]]:
    """`bytes 0-9/100` → 0, 10, 100. The size is None where it is `*`."""
    try:
        extent, _, total = text.removeprefix("bytes").strip().partition("/")
        first, _, last = extent.partition("-")
        return int(first), int(last) + 1, int(total) if total.strip().isdigit() else None
    except ValueError:
        raise TransportException(f"an answer with the Content-Range {text!r}") from None


class CharacterCount:
    """Decodes UTF-8 that comes in pieces until there are `wanted` characters."""

    def __init__(self, wanted: int) -> None:
        self.missing = wanted
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._texts: list[str] = []

    def add(self, data: bytes) -> str:
        text = self._decoder.decode(data)
        self.missing -= len(text)
        self._texts.append(text)
        return text

    def result(self) -> str:
        self._decoder.decode(b"", final=self.missing > 0)
        return "".join(self._texts)


def pause(attempt: int) -> float:
    """Seconds to wait before attempt `attempt` (from 1)."""
    import random

    return min(2.0, 0.05 * 2.0**attempt) * (0.5 + random.random() / 2)
