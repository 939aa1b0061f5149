"""What a file keeps of what was read: made for parquet, of which the end comes first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fsspec.caching import BaseCache, register_cache

WHOLE = 1024 * 1024  # bytes; a file up to here is fetched at once
TAIL = 64 * 1024  # what is fetched with a file's last bytes, and kept
FIRST = 64 * 1024  # the least that is fetched
LARGEST = 8 * 1024 * 1024


class LakeCache(BaseCache):  # type: ignore[misc]
    """Fetches what is asked for, and ahead of it the more, the longer reads come in order.

    Keeps the last bytes of the file and the last piece that was fetched: at most `LARGEST` or
    `blocksize`.
    """

    name = "lake"

    def __init__(
        self, blocksize: int, fetcher: Callable[..., bytes], size: int, **kwargs: Any
    ) -> None:
        super().__init__(blocksize, fetcher, size)
        self._most = max(blocksize, LARGEST)
        self._window = FIRST
        self._data = b""
        self._start = 0
        self._tail = b""
        self._next = 0  # where a read in order would begin

    def _fetch(self, start: int | None, stop: int | None) -> bytes:
        start = start or 0
        stop = self.size if stop is None else min(stop, self.size)
        if start >= stop:
            return b""
        kept = self._kept(start, stop)
        if kept is None:
            self.miss_count += 1
            kept = self._load(start, stop)
        else:
            self.hit_count += 1
        self._next = stop
        return kept

    def _kept(self, start: int, stop: int) -> bytes | None:
        if self._start <= start and stop <= self._start + len(self._data):
            return self._data[start - self._start : stop - self._start]
        tail = self.size - len(self._tail)
        return self._tail[start - tail : stop - tail] if start >= tail else None

    def _load(self, start: int, stop: int) -> bytes:
        if self.size <= WHOLE:
            self._data, self._start = self._ask(0, self.size), 0
            return self._data[start:stop]
        if start >= self.size - TAIL:
            self._tail = self._ask(self.size - TAIL, self.size)
            return self._tail[start - self.size : stop - self.size or None]
        in_order = start == self._next
        self._window = min(self._window * 4, self._most) if in_order else FIRST
        begin = self._start + len(self._data)
        head = b""
        if self._start <= start < begin:  # the rest of what is kept, and what follows
            head, start = self._data[start - self._start :], begin
        end = min(max(stop, start + self._window), self.size)
        data = self._ask(start, end)
        if len(data) <= self._most:
            self._data, self._start = data, start
        else:
            self._data, self._start = b"", 0  # a large read is the caller's alone
        wanted = data if end == stop else data[: stop - start]
        return head + wanted if head else wanted

    def _ask(self, start: int, stop: int) -> bytes:
        self.total_requested_bytes += stop - start
        data: bytes = self.fetcher(start, stop)
        return data


register_cache(LakeCache, clobber=True)
