"""Paths of the file system: `repository/ref/path`, shorter ones, and pairs of them for bulk transfers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from fsspec.implementations.local import LocalFileSystem, make_path_posix, trailing_sep
from fsspec.utils import check_contained, other_paths, stringify_path
from glob import has_magic

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
    """Where each object goes, by the rules of fsspec for `get`. Directories have a slash at their end."""
    if isinstance(lpath, list) and isinstance(rpath, list):
        return [(strip_protocol(r), os.fspath(p)) for r, p in zip(rpath, lpath, strict=True)]
    one = not isinstance(rpath, list)
    rpath = fs._strip_protocol(rpath)
    rpaths = await fs._expand_path(rpath, recursive=recursive, maxdepth=maxdepth)
    if one and (not recursive or maxdepth is not None):
        rpaths = [p for p in rpaths if not p.endswith("/")]
    if isinstance(lpath, list):
        return list(zip(rpaths, lpath, strict=True))
    lpath = make_path_posix(lpath)
    exists = one and _goes_into(rpath, rpaths, trailing_sep(lpath) or os.path.isdir(lpath))
    lpaths = other_paths(rpaths, lpath, exists=exists, flatten=not one)
    check_contained(lpath, lpaths)  # a name with ".." must not lead out of the destination
    return list(zip(rpaths, lpaths, strict=True))


async def to_upload(
    fs: LakeFSFileSystem, lpath: Any, rpath: Any, recursive: bool, maxdepth: int | None
) -> list[tuple[str, str]]:
    """Where each local file goes, by the rules of fsspec for `put`."""
    if isinstance(lpath, list) and isinstance(rpath, list):
        return [(os.fspath(p), strip_protocol(r)) for p, r in zip(lpath, rpath, strict=True)]
    one = not isinstance(lpath, list)
    local = LocalFileSystem()
    lpath = make_path_posix(stringify_path(lpath)) if one else lpath
    lpaths = local.expand_path(lpath, recursive=recursive, maxdepth=maxdepth)
    if one and (not recursive or maxdepth is not None):
        lpaths = [p for p in lpaths if not (trailing_sep(p) or os.path.isdir(p))]
    if not lpaths:
        return []
    if isinstance(rpath, list):
        return list(zip(lpaths, map(strip_protocol, rpath), strict=True))
    rpath = strip_protocol(rpath)
    into = one and _goes_into(lpath, lpaths, True) and (rpath.endswith("/") or await fs._isdir(rpath))
    rpaths = other_paths(lpaths, rpath, exists=into, flatten=not one)
    return [(p, r) for p, r in zip(lpaths, rpaths, strict=True) if not os.path.isdir(p)]


async def to_copy(
    fs: LakeFSFileSystem, path1: Any, path2: Any, recursive: bool, maxdepth: int | None
) -> list[tuple[str, str]]:
    """Where each object goes, by the rules of fsspec for `copy`."""
    if isinstance(path1, list) and isinstance(path2, list):
        pairs = zip(path1, path2, strict=True)
        return [(strip_protocol(a), strip_protocol(b)) for a, b in pairs]
    one = not isinstance(path1, list)
    path1 = fs._strip_protocol(path1)
    sources = await fs._expand_path(path1, recursive=recursive, maxdepth=maxdepth)
    if one and (not recursive or maxdepth is not None):
        sources = [p for p in sources if not p.endswith("/")]
    if not sources:
        return []
    if isinstance(path2, list):
        return list(zip(sources, map(strip_protocol, path2), strict=True))
    path2 = strip_protocol(path2)
    into = one and _goes_into(path1, sources, True) and (path2.endswith("/") or await fs._isdir(path2))
    return list(zip(sources, other_paths(sources, path2, exists=into, flatten=not one), strict=True))


def _goes_into(source: str, found: list[str], into_directory: bool) -> bool:
    """Whether the source's own name is kept below the destination: as with `cp`."""
    if has_magic(source):
        return len(found) == 1
    return into_directory and not trailing_sep(source)
