"""Paths, and small helpers."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, NamedTuple, Protocol

lakefs_sdk_version = (1, 88, 0)  # of the package that mere_sdk stands in for


class _ParsedUri(NamedTuple):
    repository: str
    ref: str
    resource: str


class PaginatedApiResponse(Protocol):
    """A page of a listing."""

    pagination: Any
    results: list[Any]


def depaginate(
    api: Callable[..., PaginatedApiResponse], *args: Any, **kwargs: Any
) -> Generator[Any, None, None]:
    """All results of a method that answers in pages; `args` and `kwargs` are its arguments."""
    page = api(*args, **kwargs)
    yield from page.results
    while page.pagination.has_more:
        page = api(*args, **(kwargs | {"after": page.pagination.next_offset}))
        yield from page.results


def _batched(iterable: Iterable[Any], n: int) -> Iterator[tuple[Any, ...]]:
    if n < 1:
        raise ValueError("n must be at least one")
    rest = iter(iterable)
    return iter(lambda: tuple(itertools.islice(rest, n)), ())


def batched(iterable: Iterable[Any], n: int) -> Iterator[tuple[Any, ...]]:
    """Tuples of `n` items, the last one perhaps shorter. Raises ValueError if `n` is below one."""
    if sys.version_info >= (3, 12):
        return itertools.batched(iterable, n)
    return _batched(iterable, n)


def md5_checksum(lpath: str | os.PathLike[str], blocksize: int = 2**22) -> str:
    """The MD5 of a local file in hex, read `blocksize` bytes at a time."""
    digest = hashlib.md5(usedforsecurity=False)
    with open(lpath, "rb") as file:
        while block := file.read(blocksize):
            digest.update(block)
    return digest.hexdigest()


# A path's parts in order, each with what ends it.
_uri_parts = {
    "protocol": r"(?:(?:lakefs|mere)://)?",
    "repository": r"(?P<repository>[a-z0-9][a-z0-9-]{2,62})/",
    "ref expression": r"(?P<ref>\w[\w.-]*(?:(?:[~^]\d*)*|@))/",
    "resource": r"(?P<resource>.*)",
}
_uri = re.compile("".join(_uri_parts.values()), re.DOTALL)


def parse(path: str) -> tuple[str, str, str]:
    """Repository, ref and path of `lakefs://<repository>/<ref>/<path>`; the scheme may be missing.

    A path may be empty, the slash before it may not. Raises ValueError naming the first part that
    is wrong.
    """
    match = _uri.fullmatch(path)
    if match is None:
        raise ValueError(_complaint(path))
    return _ParsedUri(*match.groups())


def _complaint(path: str) -> str:
    start = 0
    for name, pattern in _uri_parts.items():
        match = re.compile(pattern).match(path, start)
        if match is None:
            segment = path[start:].partition("/")[0]
            return f"not a valid lakeFS URI: {path!r} (hint: invalid {name} {segment!r})"
        start = match.end()
    return f"not a valid lakeFS URI: {path!r}"
