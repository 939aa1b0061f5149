"""Bytes out of the lake: cat, cat_ranges, get."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from typing import Any, Optional

from fsspec.callbacks import DEFAULT_CALLBACK
from fsspec.utils import isfilelike, stringify_path
from mere_sdk import _operations as operations

from mere_spec import _ranges
from mere_spec._calls import native
from mere_spec._listing import Listing, Pages
from mere_spec._paths import split, strip_protocol, to_download
from mere_spec.errors import status_of, translated
from mere_spec.util import md5_checksum

MANY = 100  # objects; above, one listing is cheaper than asking for each
CHUNK = 1024 * 1024  # bytes between two reports of progress


class Reading(Listing):
    """Reads objects whole or in part, one or many at once."""

    def _get_arguments(self, path: str, byte_range: Optional[str] = None) -> tuple[Any, ...]:
        repository, ref, key = split(path)
        if not key or key.endswith("/"):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        return (repository, ref, key, byte_range, None, None)

    async def _cat_file(
        self, path: Any, start: Optional[int] = None, end: Optional[int] = None, **kwargs: Any
    ) -> bytes:
        path = strip_protocol(path)
        if _ranges.needs_size(start, end):
            start, end = _ranges.absolute(start, end, (await self._file_info(path))["size"])
        if end is not None and (start or 0) >= end:
            self._get_arguments(path)
            return b""
        arguments = self._get_arguments(path, _ranges.header(start, end))
        try:
            body: bytes = await self._call(operations.GET_OBJECT, arguments, path=path)
            return body
        except OSError as error:
            if _is_behind_end(error):
                return b""
            raise

    async def _file_info(self, path: str) -> Any:
        info = await self._info(path)
        if info["type"] != "file":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        return info

    async def _cat(
        self,
        path: Any,
        recursive: bool = False,
        on_error: str = "raise",
        batch_size: Optional[int] = None,
        **kwargs: Any,
    ) -> Any:
        one = not isinstance(path, list)
        paths = await self._expand_path(path, recursive=recursive)
        if recursive:
            paths = await self._objects_among(paths)
        if kwargs.get("start") is not None or kwargs.get("end") is not None:
            ends = [kwargs.get("end")] * len(paths)
            found = await self._cat_ranges(paths, [kwargs.get("start")] * len(paths), ends)
        elif len(paths) == 1:
            found = [await _settled(self._cat_file(paths[0]))]
        else:
            found = await self._get_many(paths, [None] * len(paths), batch_size)
        if on_error == "raise":
            raise_first(found)
        if one and len(paths) == 1 and paths[0] == strip_protocol(path):
            if isinstance(found[0], BaseException) and on_error == "omit":
                return {}
            return found[0]
        return {
            name: value
            for name, value in zip(paths, found, strict=True)
            if on_error != "omit" or not isinstance(value, BaseException)
        }

    async def _objects_among(self, paths: list[str], doubt_all: bool = False) -> list[str]:
        """Without the directories; a name may be that of both.

        Without `doubt_all` all that lies below the directories must be among the paths, too.
        """
        names = {path.rstrip("/") for path in paths}
        above = {path[:end] for path in names for end in _slashes(path)}
        doubtful = [path for path in paths if (doubt_all or path in above) and _has_key(path)]
        calls = [((*split(path), False, None), None) for path in doubtful]
        stats = await self._call_many("call_many", operations.STAT_OBJECT, calls, doubtful)
        objects = {
            path for path, one in zip(doubtful, stats, strict=True) if not isinstance(one, OSError)
        }
        return [
            path
            for path in paths
            if _has_key(path) and (path in objects or not (doubt_all or path in above))
        ]

    async def _get_many(
        self, paths: list[str], ranges: list[Optional[str]], concurrency: Optional[int] = None
    ) -> list[Any]:
        """Bodies or errors."""
        found: list[Any] = [None] * len(paths)
        asked, calls = [], []
        for index, (path, byte_range) in enumerate(zip(paths, ranges, strict=True)):
            try:
                calls.append((self._get_arguments(path, byte_range), None))
                asked.append(index)
            except (OSError, ValueError) as error:
                found[index] = error
        names = [paths[index] for index in asked]
        answers = await self._call_many(
            "call_many", operations.GET_OBJECT, calls, names, concurrency=concurrency or 0
        )
        for index, answer in zip(asked, answers, strict=True):
            found[index] = b"" if _is_behind_end(answer) else answer
        return found

    async def _cat_ranges(
        self,
        paths: list[Any],
        starts: Any,
        ends: Any,
        max_gap: Optional[int] = None,
        batch_size: Optional[int] = None,
        on_error: str = "return",
        **kwargs: Any,
    ) -> list[Any]:
        """Ranges in parallel, near ones of one object as one request.

        An object that changes between two requests is an error, never a mixture.
        """
        if not isinstance(paths, list):
            raise TypeError("paths must be a list")
        names = [strip_protocol(path) for path in paths]
        firsts = list(starts) if isinstance(starts, Iterable) else [starts] * len(names)
        lasts = list(ends) if isinstance(ends, Iterable) else [ends] * len(names)
        if len(firsts) != len(names) or len(lasts) != len(names):
            raise ValueError("paths, starts and ends must have the same length")
        found: list[Any] = [b""] * len(names)
        await self._make_absolute(names, firsts, lasts, found)
        ranges = [
            (index, path, firsts[index] or 0, lasts[index])
            for index, path in enumerate(names)
            if not isinstance(found[index], BaseException)
            and (lasts[index] is None or (firsts[index] or 0) < lasts[index])
        ]
        merged = _ranges.merge(ranges)
        pins = await self._pins(_twice(merged))
        answers = await self._get_many(
            [one.path for one in merged],
            [_ranges.header(one.start, one.end) for one in merged],
            batch_size,
        )
        changed = await self._changed_since(pins)
        for one, answer in zip(merged, answers, strict=True):
            answer = changed.get(one.path, answer)
            for index in one.wanted:
                found[index] = _part(answer, one.start, firsts[index] or 0, lasts[index])
        if on_error != "return":
            raise_first(found)
        return found

    async def _make_absolute(
        self, paths: list[str], starts: list[Any], ends: list[Any], found: list[Any]
    ) -> None:
        """Resolves ranges that count from the end; what cannot be, becomes an error in `found`."""
        relative = [
            index
            for index in range(len(paths))
            if (starts[index] or 0) < 0 or _ranges.needs_size(starts[index], ends[index])
        ]
        stats = await self._stats([paths[index] for index in relative])
        for index, one in zip(relative, stats, strict=True):
            if isinstance(one, BaseException):
                found[index] = one
            else:
                size = one.size_bytes
                starts[index], ends[index] = _ranges.absolute(starts[index], ends[index], size)

    async def _stats(self, paths: list[str]) -> list[Any]:
        """What the lake says of objects, or errors."""
        calls: list[tuple[tuple[Any, ...], Any]] = [((*split(p), False, None), None) for p in paths]
        return await self._call_many("call_many", operations.STAT_OBJECT, calls, paths)

    async def _pins(self, paths: list[str]) -> dict[str, Any]:
        """What identifies the content of each object now."""
        stats = await self._stats(paths)
        return {path: _identity(one) for path, one in zip(paths, stats, strict=True)}

    async def _changed_since(self, pins: dict[str, Any]) -> dict[str, OSError]:
        now = await self._pins(list(pins))
        return {path: changed(path) for path, pin in pins.items() if now[path] != pin}

    async def _get_file(
        self,
        rpath: Any,
        lpath: Any,
        callback: Any = DEFAULT_CALLBACK,
        outfile: Any = None,
        *,
        precheck: bool = True,
        **kwargs: Any,
    ) -> None:
        rpath = strip_protocol(rpath)
        target = outfile if outfile is not None else lpath
        if isfilelike(target):
            await self._get_into(rpath, target, callback)
            return
        lpath = stringify_path(lpath)
        if not _has_key(rpath) and await self._isdir(rpath):
            os.makedirs(lpath, exist_ok=True)
            return
        try:
            await self._download(rpath, lpath, callback, precheck)
        except FileNotFoundError:
            if not await self._isdir(rpath):
                raise
            os.makedirs(lpath, exist_ok=True)

    async def _download(self, rpath: str, lpath: str, callback: Any, precheck: bool) -> None:
        if precheck and os.path.isfile(lpath) and await self._is_same(rpath, lpath):
            return
        if callback is not DEFAULT_CALLBACK:
            await self._get_with_progress(rpath, lpath, callback)
            return
        calls = [(self._get_arguments(rpath), lpath)]
        raise_first(await self._call_many("download_many", operations.GET_OBJECT, calls, [rpath]))

    async def _get_with_progress(self, rpath: str, lpath: str, callback: Any) -> None:
        """The file appears when it is whole."""
        partial = f"{lpath}.{os.getpid()}.part"
        try:
            with open(partial, "wb") as file:
                await self._get_into(rpath, file, callback)
            os.replace(partial, lpath)
        finally:
            if os.path.exists(partial):
                os.unlink(partial)

    async def _get_into(self, rpath: str, file: Any, callback: Any) -> None:
        arguments = self._get_arguments(rpath)
        with translated(rpath):
            stream = await native(
                self._session, "stream", operations.GET_OBJECT, arguments, None, self._options
            )
            try:
                callback.set_size(stream.length)
                while chunk := await native(stream, "read", CHUNK):
                    file.write(chunk)
                    callback.relative_update(len(chunk))
            finally:
                stream.close()

    async def _is_same(self, rpath: str, lpath: str) -> bool:
        """Whether the object has the local file's content, as far as checksums tell."""
        try:
            info = await self._info(rpath)
        except FileNotFoundError:
            return False
        if info["type"] != "file" or info["size"] != os.path.getsize(lpath):
            return False
        return info["checksum"] == md5_checksum(lpath, self.blocksize)

    async def _get(
        self,
        rpath: Any,
        lpath: Any,
        recursive: bool = False,
        callback: Any = DEFAULT_CALLBACK,
        maxdepth: Optional[int] = None,
        *,
        precheck: bool = True,
        batch_size: Optional[int] = None,
        **kwargs: Any,
    ) -> None:
        if isfilelike(lpath) or isfilelike(kwargs.get("outfile")):
            await self._get_file(rpath, lpath, callback=callback, precheck=precheck, **kwargs)
            return
        pairs = await to_download(self, rpath, lpath, recursive, maxdepth)
        if not isinstance(rpath, list) and not recursive and len(pairs) == 1:
            await self._get_one(*pairs[0], callback, precheck)
            return
        empty: list[str] = []
        if recursive:
            objects = set(await self._objects_among([source for source, _ in pairs]))
            empty = [target for source, target in pairs if source not in objects]
            pairs = [pair for pair in pairs if pair[0] in objects]
        folders = {os.path.dirname(target) or "." for _, target in pairs}
        # Where none of them is there yet, no file is that could be the same.
        fresh = not any(map(os.path.lexists, folders))
        for folder in (*empty, *folders):
            os.makedirs(folder, exist_ok=True)
        callback.set_size(len(pairs))
        if precheck and not fresh:
            pairs = await self._without_same(pairs, callback)
        calls = [(self._get_arguments(source), target) for source, target in pairs]
        raise_first(
            await self._call_many(
                "download_many",
                operations.GET_OBJECT,
                calls,
                [source for source, _ in pairs],
                callback=callback,
                concurrency=batch_size or 0,
            )
        )

    async def _get_one(self, source: str, target: str, callback: Any, precheck: bool) -> None:
        """A directory is passed over, as fsspec does without `recursive`."""
        if not _has_key(source):
            return
        os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
        callback.set_size(1)
        try:
            await self._download(source, target, DEFAULT_CALLBACK, precheck)
        except FileNotFoundError:
            if not await self._isdir(source):
                raise
        callback.relative_update(1)

    async def _without_same(
        self, pairs: list[tuple[str, str]], callback: Any
    ) -> list[tuple[str, str]]:
        """The pairs (object, file) whose contents differ, as far as checksums tell."""
        there = [pair for pair in pairs if os.path.isfile(pair[1])]
        same = await self._same(there)
        callback.relative_update(len(same))
        return [pair for pair in pairs if pair not in same] if same else pairs

    async def _same(self, pairs: list[tuple[str, str]]) -> set[tuple[str, str]]:
        """The pairs (object, file) whose contents are the same, as far as checksums tell."""
        paths = [path for path, _ in pairs]
        found = await self._listed_stats(paths) if len(paths) > MANY else None
        if found is None:
            stats = await self._stats(paths)
            found = dict(zip(paths, stats, strict=True))
        return {
            (path, file)
            for path, file in pairs
            if not isinstance(one := found.get(path), (BaseException, type(None)))
            and one.size_bytes == os.path.getsize(file)
            and one.checksum == md5_checksum(file, self.blocksize)
        }

    async def _listed_stats(self, paths: list[str]) -> Optional[dict[str, Any]]:
        """What is known of many objects by one listing; None if too much else lies between them."""
        repository, ref, _ = split(paths[0])
        root = f"{repository}/{ref}/"
        common = os.path.commonprefix(paths)
        if not common.startswith(root):
            return None
        pages = Pages(self, common, (repository, ref), common.removeprefix(root))
        found: dict[str, Any] = {}
        try:
            while page := await pages.next():
                found.update((root + one.path, one) for one in page)
                if len(found) > 2 * len(paths):
                    return None
        except FileNotFoundError:
            return {}  # the branch is not there
        finally:
            pages.stop()
        return found


def raise_first(results: list[Any]) -> None:
    """Raises the first result that is an exception."""
    for one in results:
        if isinstance(one, BaseException):
            raise one


def changed(path: str) -> OSError:
    return OSError(
        errno.ESTALE, "the object was written anew while it was read; read it again", path
    )


async def _settled(coroutine: Any) -> Any:
    try:
        return await coroutine
    except OSError as error:
        return error


def _is_behind_end(answer: Any) -> bool:
    return isinstance(answer, OSError) and status_of(answer) == 416


def _identity(stat: Any) -> Any:
    return str(stat) if isinstance(stat, BaseException) else (stat.physical_address, stat.checksum)


def _twice(merged: list[_ranges.Merged]) -> list[str]:
    """The paths of which several requests are made."""
    return sorted({a.path for a, b in zip(merged, merged[1:]) if a.path == b.path})


def _part(answer: Any, base: int, start: int, end: Optional[int]) -> Any:
    if isinstance(answer, BaseException):
        return answer
    if start == base and (end is None or end - base >= len(answer)):
        return answer
    return answer[start - base : None if end is None else end - base]


def _slashes(path: str) -> list[int]:
    return [index for index, character in enumerate(path) if character == "/"]


def _has_key(path: str) -> bool:
    return path.count("/") > 1 and not path.endswith("/")
