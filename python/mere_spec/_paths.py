"""Paths of the file system: `repository/ref/path`, shorter ones, and pairs of them for bulk
transfers.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from glob import has_magic
from typing import TYPE_CHECKING, Any

from fsspec.implementations.local import LocalFileSystem, make_path_posix, trailing_sep
from fsspec.utils import check_contained, other_paths, stringify_path

from mere_spec.util import parse

if TYPE_CHECKING:
    from mere_spec.spec import LakeFSFileSystem

PREFIXES = ("lakefs://", "mere://", "lakefs::", "mere::")


def strip_protocol(path: Any) -> str:
    """Without the scheme, and with at most one slash at the end, which means a directory."""
    text: str = stringify_path(path)
    for prefix in PREFIXES:
        if text.startswith(prefix):
            text = text[len(prefix) :]
            break
    if text.endswith("/"):
        text = text.rstrip("/")
        return text + "/" if text else ""
    return text


def level(path: str) -> int:
    """How many of repository and ref a stripped path names: 0, 1 or 2."""
    bare = path.rstrip("/")
    return min(bare.count("/") + 1, 2) if bare else 0


def split(path: str) -> tuple[str, str, str]:
    """As `parse`; `repository/ref` is the ref's root."""
    if path.count("/", len("lakefs://") if "://" in path else 0) == 1 and not path.endswith("/"):
        path += "/"
    return parse(path)


def parents(path: str) -> list[str]:
    """The directories above a path, nearest first, down to `repository/ref`."""
    found = []
    end = path.rstrip("/").rfind("/")
    while end > 0:
        found.append(path[:end])
        end = path.rfind("/", 0, end)
    return found[:-1] or found


async def to_download(
    fs: LakeFSFileSystem, rpath: Any, lpath: Any, recursive: bool, maxdepth: int | None
) -> list[tuple[str, str]]:
    """Where each object goes, by the rules of fsspec for `get`; directories are among them."""
    if isinstance(lpath, list) and isinstance(rpath, list):
        return [(strip_protocol(r), os.fspath(p)) for r, p in zip(rpath, lpath, strict=True)]
    one = not isinstance(rpath, list)
    rpaths = await _sources(fs, rpath, recursive, maxdepth)
    if not rpaths or isinstance(lpath, list):
        return list(zip(rpaths, lpath, strict=True)) if rpaths else []
    lpath = make_path_posix(stringify_path(lpath))
    into = one and _keeps_name(strip_protocol(rpath), rpaths)
    if into and not has_magic(strip_protocol(rpath)):
        into = trailing_sep(lpath) or os.path.isdir(lpath)
    lpaths = other_paths(rpaths, lpath, exists=into, flatten=not one)
    check_contained(lpath, lpaths)  # a name with ".." must not lead out of the destination
    return list(zip(rpaths, lpaths, strict=True))


async def to_upload(
    fs: LakeFSFileSystem, lpath: Any, rpath: Any, recursive: bool, maxdepth: int | None
) -> list[tuple[str, str]]:
    """Where each local file goes, by the rules of fsspec for `put`."""
    if isinstance(lpath, list) and isinstance(rpath, list):
        return [(os.fspath(p), strip_protocol(r)) for p, r in zip(lpath, rpath, strict=True)]
    one = not isinstance(lpath, list)
    lpath = make_path_posix(stringify_path(lpath)) if one else lpath
    is_folder: Callable[[str], bool] = os.path.isdir
    if one and recursive and maxdepth is None and not has_magic(lpath) and os.path.isdir(lpath):
        lpaths, folders = _below(lpath.rstrip("/") or "/")
        is_folder = folders.__contains__
    else:
        lpaths = LocalFileSystem().expand_path(lpath, recursive=recursive, maxdepth=maxdepth)
    if one and (not recursive or maxdepth is not None):
        lpaths = [p for p in lpaths if not (trailing_sep(p) or os.path.isdir(p))]
    if not lpaths or isinstance(rpath, list):
        return list(zip(lpaths, map(strip_protocol, rpath), strict=True)) if lpaths else []
    rpaths = await _targets(fs, lpath, lpaths, strip_protocol(rpath), one)
    return [(p, r) for p, r in zip(lpaths, rpaths, strict=True) if not is_folder(p)]


def _below(root: str) -> tuple[list[str], set[str]]:
    """What LocalFileSystem.expand_path finds in a folder, and what of it is a folder, too.

    No entry is looked at by itself, unless it is a link.
    """
    found, folders, unread = [root], {root}, [root]
    while unread:
        try:
            entries = os.scandir(unread.pop())
        except OSError:
            continue  # passed over, as there
        with entries:
            for entry in entries:
                found.append(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    unread.append(entry.path)
                    folders.add(entry.path)
                elif entry.is_symlink() and entry.is_dir():
                    folders.add(entry.path)  # not followed
    return sorted(found), folders


async def to_copy(
    fs: LakeFSFileSystem, path1: Any, path2: Any, recursive: bool, maxdepth: int | None
) -> list[tuple[str, str]]:
    """Where each object goes, by the rules of fsspec for `copy`; directories are among them."""
    if isinstance(path1, list) and isinstance(path2, list):
        pairs = zip(path1, path2, strict=True)
        return [(strip_protocol(a), strip_protocol(b)) for a, b in pairs]
    one = not isinstance(path1, list)
    sources = await _sources(fs, path1, recursive, maxdepth)
    if not sources or isinstance(path2, list):
        return list(zip(sources, map(strip_protocol, path2), strict=True)) if sources else []
    source = strip_protocol(path1) if one else ""
    targets = await _targets(fs, source, sources, strip_protocol(path2), one)
    return list(zip(sources, targets, strict=True))


async def _sources(
    fs: LakeFSFileSystem, path: Any, recursive: bool, maxdepth: int | None
) -> list[str]:
    """The paths that an argument means; a pattern alone never means directories."""
    if recursive:
        paths = await fs._expand_path(path, recursive=True, maxdepth=maxdepth)
        return paths if maxdepth is None else await fs._objects_among(paths, doubt_all=True)
    if isinstance(path, list):
        return await fs._expand_path(path)  # type: ignore[no-any-return]
    path = strip_protocol(path)
    if has_magic(path):
        found = await fs._glob(path, maxdepth=maxdepth, detail=True)
        if not found:
            text = f"{os.strerror(errno.ENOENT)}: nothing matches the pattern"
            raise FileNotFoundError(errno.ENOENT, text, path)
        return [name for name, entry in found.items() if entry["type"] == "file"]
    return [path]


async def _targets(
    fs: LakeFSFileSystem, source: str, found: list[str], target: str, one: bool
) -> list[str]:
    into = one and _keeps_name(source, found)
    if into and not has_magic(source):
        into = target.endswith("/") or await fs._isdir(target)
    return other_paths(found, target, exists=into, flatten=not one)  # type: ignore[no-any-return]


def _keeps_name(source: str, found: list[str]) -> bool:
    """Whether the source's own name is kept below a directory: as with `cp`."""
    return len(found) == 1 if has_magic(source) else not trailing_sep(source)
