"""Ranges of bytes: as a request names them, and several of one object merged into few."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

GAP = 64 * 1024  # bytes between two ranges that are read rather than asked around
LARGEST = 16 * 1024 * 1024  # of a merged range


def header(start: Optional[int], end: Optional[int]) -> Optional[str]:
    """The Range header of [start, end), None for all of it. Both count from the end if negative.

    A negative end needs the size: see `absolute`.
    """
    if end is not None and end < 0:
        raise ValueError("a range whose end counts from the object's end needs its size")
    if start is not None and start < 0:
        return f"bytes={start}"
    if end is not None:
        return f"bytes={start or 0}-{end - 1}"
    return f"bytes={start}-" if start else None


def needs_size(start: Optional[int], end: Optional[int]) -> bool:
    return end is not None and (end < 0 or (start is not None and start < 0))


def absolute(start: Optional[int], end: Optional[int], size: int) -> tuple[int, int]:
    """[start, end) of an object of `size` bytes, as a slice of Python."""
    first, last, _ = slice(start, end).indices(size)
    return first, max(first, last)


@dataclass
class Merged:
    """One request and the wanted ranges that it answers: their indices."""

    path: str
    start: int
    end: Optional[int]  # None: to the end
    wanted: list[int] = field(default_factory=list)


def merge(ranges: list[tuple[int, str, int, Optional[int]]]) -> list[Merged]:
    """Ranges (index, path, start, end) in order of paths and places, near ones as one."""
    merged: list[Merged] = []
    for index, path, start, end in sorted(ranges, key=lambda one: (one[1], one[2])):
        last = merged[-1] if merged else None
        if last is None or last.path != path or not _joins(last, start, end):
            last = Merged(path, start, end)
            merged.append(last)
        elif last.end is not None:
            last.end = None if end is None else max(last.end, end)
        last.wanted.append(index)
    return merged


def _joins(last: Merged, start: int, end: Optional[int]) -> bool:
    if last.end is None:
        return True
    if start > last.end + GAP:
        return False
    return start < last.end or end is None or end - last.start <= LARGEST
