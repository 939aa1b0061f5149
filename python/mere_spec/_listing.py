"""What is there: info, ls, find, exists, and the cache of listings."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Optional

from mere_sdk import _operations as operations
from mere_sdk._native import ArgumentError

from mere_spec._calls import Calls, _driven
from mere_spec._paths import level, parents, split, strip_protocol
from mere_spec.errors import translated

if TYPE_CHECKING:
    from mere_sdk._native import Kind
    from mere_sdk._native import Pages as NativePages

    from mere_spec.types import ObjectInfoData

PAGE = 1000  # the most that an answer may have

PATHS = ("member", "path", "string")  # of a listing, nothing else

Entry = dict[str, Any]


class PartialListing(list[Entry]):
    """Cached entries of a directory that may have more: good for its files, not for itself."""


class Pages:
    """A listing page by page; the next one is on its way while the last one is looked at.

    `items`: what the core makes of each entry; None: the generated client's model.
    """

    def __init__(
        self,
        fs: Calls,
        path: str,
        target: tuple[str, str],
        prefix: str,
        delimiter: str = "",
        amount: int = PAGE,
        items: Optional[Kind] = None,
    ) -> None:
        self._fs = fs
        self._path = path
        self._arguments = (*target, False, None, None, amount, delimiter or None, prefix or None)
        self._begun: Optional[NativePages] = None
        self._replaced = fs._replaced(operations.LIST_OBJECTS.name) is not None
        self._more = True
        if not self._replaced:
            with self._errors():
                self._begun = fs._session.pages(
                    operations.LIST_OBJECTS, self._arguments, items, options=fs._options
                )
        self._member = items[1] if isinstance(items, tuple) and items[0] == "member" else None

    async def next(self) -> list[Any]:
        """The next entries; empty if there are none left."""
        with self._errors():
            if self._replaced:
                return await self._next_of_the_replaced()
            assert self._begun is not None
            page = self._begun.next() if _driven.now else await self._begun.next_async()
            return page or []

    async def _next_of_the_replaced(self) -> list[Any]:
        if not self._more:
            return []
        page = await self._fs._call(operations.LIST_OBJECTS, self._arguments, path=self._path)
        self._more = page.pagination.has_more
        after = page.pagination.next_offset
        self._arguments = (*self._arguments[:4], after, *self._arguments[5:])
        results: list[Any] = page.results
        return [getattr(one, self._member) for one in results] if self._member else results

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with translated(self._path):
                yield
        except ArgumentError as error:
            raise OSError(errno.EINVAL, str(error), self._path) from error

    def stop(self) -> None:
        """What is on its way is not wanted."""
        if self._begun is not None:
            self._begun.close()


class Listing(Calls):
    """The reading side of a directory tree that exists only as prefixes of paths."""

    async def _page(
        self,
        path: str,
        target: tuple[str, str],
        prefix: str,
        delimiter: str = "",
        amount: int = PAGE,
    ) -> Any:
        """The first page of a listing alone."""
        arguments = (*target, False, None, None, amount, delimiter or None, prefix or None)
        return await self._call(operations.LIST_OBJECTS, arguments, path=path)

    async def _info(self, path: Any, **kwargs: Any) -> ObjectInfoData:
        path = strip_protocol(path)
        if level(path) < 2:
            return await self._info_above(path)
        repository, ref, key = split(path)
        if key and not key.endswith("/"):
            try:
                found = await self._call(
                    operations.STAT_OBJECT, (repository, ref, key, None, None), path=path
                )
                return {
                    "type": "file",
                    "checksum": found.checksum,
                    "content-type": found.content_type,
                    "mtime": found.mtime,
                    "name": path,
                    "size": found.size_bytes,
                    "metadata": found.metadata,
                }
            except FileNotFoundError:
                pass
        try:
            below = await self._ls(path.rstrip("/") + "/", detail=True, **kwargs)
        except FileNotFoundError as error:
            raise FileNotFoundError(error.errno, error.strerror, path) from error
        if not below and not await self._exists(path):
            raise missing(path)
        size = sum(entry["size"] or 0 for entry in below)
        return {"type": "directory", "name": path.rstrip("/"), "size": size}

    async def _info_above(self, path: str) -> ObjectInfoData:
        """Of the root, or a repository."""
        if path:
            await self._call(operations.GET_REPOSITORY, (path.rstrip("/"),), path=path)
        return {"type": "directory", "name": path.rstrip("/"), "size": 0}

    async def _exists(self, path: Any, **kwargs: Any) -> bool:
        path = strip_protocol(path)
        if not path:
            return True
        try:
            if level(path) == 1:
                await self._call(operations.GET_REPOSITORY, (path.rstrip("/"),), path=path)
                return True
            repository, ref, key = split(path)
            if not key:
                await self._call(operations.GET_COMMIT, (repository, ref), path=path)
                return True
            if not key.endswith("/"):
                try:
                    arguments = (repository, ref, key, False, None)
                    await self._call(operations.STAT_OBJECT, arguments, path=path)
                    return True
                except FileNotFoundError:
                    pass
            page = await self._page(path, (repository, ref), key.rstrip("/") + "/", amount=1)
            return bool(page.results)
        except FileNotFoundError:
            return False

    async def _isdir(self, path: Any) -> bool:
        path = strip_protocol(path)
        if level(path) < 2:
            return await self._exists(path)
        try:
            repository, ref, key = split(path)
            if not key:
                return await self._exists(path)
            if not key.endswith("/"):
                try:
                    arguments = (repository, ref, key, False, None)
                    await self._call(operations.STAT_OBJECT, arguments, path=path)
                    return False
                except FileNotFoundError:
                    key += "/"
            page = await self._page(path, (repository, ref), key, amount=1)
            return bool(page.results)
        except (OSError, ValueError):  # as fsspec: what cannot be asked about is no directory
            return False

    async def _isfile(self, path: Any) -> bool:
        try:
            return (await self._info(path))["type"] == "file"
        except (OSError, ValueError):
            return False

    async def _ls(self, path: Any, detail: bool = True, **kwargs: Any) -> Any:
        path = strip_protocol(path)
        recursive = kwargs.get("recursive", False)
        found = None if kwargs.get("refresh") else self._ls_from_cache(path, recursive)
        if found is None:
            found = await self._listed(path, recursive, kwargs.get("amount", PAGE))
        return found if detail else [entry["name"] for entry in found]

    async def _listed(self, path: str, recursive: bool, amount: int) -> list[Entry]:
        """A fresh listing, which goes to the cache."""
        if level(path) < 2:
            return await self._ls_above(path)
        repository, ref, key = split(path)
        target, root = (repository, ref), f"{repository}/{ref}/"
        if not key or key.endswith("/"):
            return await self._ls_below(path, target, root, key, recursive, amount)
        # A file, a directory, or both: they lie side by side unless other names come between.
        page = await self._page(path, target, key, "/", amount)
        found = [one for one in page.results if one.path in (key, key + "/")]
        file = [entry_of(root, one) for one in found if one.path == key]
        directory = [entry_of(root, one) for one in found if one.path != key]
        if not file and (directory or page.pagination.has_more):
            return await self._ls_below(path, target, root, key + "/", recursive, amount)
        if not directory and page.pagination.has_more:
            below = await self._page(path, target, key + "/", amount=1)
            directory = [directory_entry(root + key + "/")] if below.results else []
        if not file:
            raise missing(path)
        if not directory:
            self._remember_file(file[0])
        return file + directory

    async def _ls_below(
        self,
        path: str,
        target: tuple[str, str],
        root: str,
        prefix: str,
        recursive: bool,
        amount: int,
    ) -> list[Entry]:
        entries: list[Entry] = []
        pages = Pages(self, path, target, prefix, "" if recursive else "/", amount)
        while found := await pages.next():
            entries += [entry_of(root, one) for one in found]
        directory = (root + prefix).rstrip("/")
        if not entries and prefix:
            raise missing(path)
        if not recursive:
            if entries:
                self.dircache[directory] = entries[:]
            return entries
        listings = by_directory(directory, entries)
        for name, listing in listings.items():
            if listing:
                self.dircache[name] = listing
        entries += [directory_entry(name + "/") for name in listings if name != directory]
        entries.sort(key=itemgetter("name"))
        return entries

    async def _ls_above(self, path: str) -> list[Entry]:
        """The repositories, or the refs of one, as directories."""
        if not path:
            return [directory_entry(name + "/") for name in await self._names()]
        repository = path.rstrip("/")
        names = await self._names(repository)
        return [directory_entry(f"{repository}/{name}/") for name in names]

    async def _names(self, repository: str = "") -> list[str]:
        """Of the repositories, or of one's branches and tags."""
        raise NotImplementedError

    async def _find(
        self,
        path: Any,
        maxdepth: Optional[int] = None,
        withdirs: bool = False,
        detail: bool = False,
        prefix: str = "",
        **kwargs: Any,
    ) -> Any:
        """All files below, in one listing; `prefix` is how their paths below `path` begin."""
        path = strip_protocol(path)
        if level(path) < 2 or maxdepth is not None:
            kwargs.pop("detail", None)
            found = await super()._find(
                path, maxdepth=maxdepth, withdirs=withdirs, detail=True, **kwargs
            )
            found = {name.rstrip("/"): entry for name, entry in found.items()}
            start = path.rstrip("/") + "/" + prefix
            found = {
                name: one for name, one in found.items() if name.startswith(start) or not prefix
            }
            return found if detail else list(found)
        repository, ref, key = split(path)
        root = f"{repository}/{ref}/"
        below = key.rstrip("/") + "/" if key else ""
        if not detail and not withdirs:
            pages = Pages(self, path, (repository, ref), below + prefix, items=PATHS)
            names: list[str] = []
            while found := await pages.next():
                names += [root + one for one in found]
            return names or ([path] if await self._is_object(repository, ref, key, path) else [])
        entries: dict[str, Entry] = {}
        pages = Pages(self, path, (repository, ref), below + prefix)
        while found := await pages.next():
            for one in found:
                entry = entry_of(root, one)
                entries[entry["name"]] = entry
        if not entries and await self._is_object(repository, ref, key, path):
            entries[path] = dict(await self._info(path))
        elif withdirs:
            entries = self._with_directories(path, (root + below).rstrip("/"), entries)
        return entries if detail else list(entries)

    async def _du(
        self, path: Any, total: bool = True, maxdepth: Optional[int] = None, **kwargs: Any
    ) -> Any:
        found = await self._find(path, maxdepth=maxdepth, detail=True, **kwargs)
        sizes = {name: entry["size"] for name, entry in found.items()}
        return sum(sizes.values()) if total else sizes

    @staticmethod
    def _with_directories(path: str, root: str, entries: dict[str, Entry]) -> dict[str, Entry]:
        for name, listing in by_directory(root, list(entries.values())).items():
            if name != root:
                entries.setdefault(name, directory_entry(name))
            elif listing:
                entries[path] = directory_entry(path)
        return dict(sorted(entries.items()))

    async def _is_object(self, repository: str, ref: str, key: str, path: str) -> bool:
        if not key or key.endswith("/"):
            return False
        try:
            await self._call(operations.STAT_OBJECT, (repository, ref, key, False, None), path=path)
        except FileNotFoundError:
            return False
        return True

    # The cache of listings

    def _ls_from_cache(self, path: str, recursive: bool = False) -> Optional[list[Entry]]:
        """The listing if the cache has all of it."""
        if not self.dircache:
            return None
        bare = path.rstrip("/")
        if recursive:
            return self._tree_from_cache(bare)
        listing = self.dircache.get(bare)
        if listing is not None and not isinstance(listing, PartialListing):
            return list(listing)
        if path.endswith("/"):
            return None
        beside = self.dircache.get(self._parent(path)) or ()
        file = [entry for entry in beside if entry["name"] == path]
        directory = any(entry["name"] == path + "/" for entry in beside)
        return file if file and not directory else None

    def _tree_from_cache(self, root: str) -> Optional[list[Entry]]:
        found: list[Entry] = []
        waiting = [root]
        while waiting:
            listing = self.dircache.get(waiting.pop())
            if listing is None or isinstance(listing, PartialListing):
                return None
            found += listing
            waiting += [one["name"].rstrip("/") for one in listing if one["type"] == "directory"]
        return sorted(found, key=itemgetter("name"))

    def _remember_file(self, entry: Entry) -> None:
        parent = self._parent(entry["name"])
        listing = self.dircache.get(parent)
        if listing is None:
            self.dircache[parent] = PartialListing([entry])
        elif isinstance(listing, PartialListing):
            others = [one for one in listing if one["name"] != entry["name"]]
            self.dircache[parent] = PartialListing([*others, entry])

    def invalidate_cache(self, path: Any = None) -> None:
        """Forgets all listings, or those that a change at `path` may have touched: of it, above and
        below it.
        """
        if not self.dircache:
            return
        if path is None:
            self.dircache.clear()
            return
        bare = strip_protocol(path).rstrip("/")
        self._forget(bare)
        below = bare + "/"
        for name in [name for name in self.dircache if name.startswith(below)]:
            self.dircache.pop(name, None)

    def _forget(self, path: str) -> None:
        """Forgets the listings that name a file: it, and its directories may be new."""
        if self.dircache:
            for name in (path, *parents(path)):
                self.dircache.pop(name, None)


def entry_of(root: str, one: Any) -> Entry:
    """An entry of the API as one of fsspec."""
    if one.path_type == "common_prefix":
        return {"name": root + one.path, "size": 0, "type": "directory"}
    return {
        "checksum": one.checksum,
        "content-type": one.content_type,
        "mtime": one.mtime,
        "name": root + one.path,
        "size": one.size_bytes,
        "type": "file",
    }


def directory_entry(name: str) -> Entry:
    return {"name": name, "size": 0, "type": "directory"}


def by_directory(root: str, files: list[Entry]) -> dict[str, list[Entry]]:
    """The listing of `root` and of each directory below it that the files make."""
    listings: dict[str, list[Entry]] = {root: []}
    for entry in files:
        name: str = entry["name"]
        parent = name[: name.rfind("/")]
        if parent not in listings:
            add_directory(listings, parent)
        listings[parent].append(entry)
    for listing in listings.values():
        listing.sort(key=itemgetter("name"))
    return listings


def add_directory(listings: dict[str, list[Entry]], name: str) -> None:
    """Adds a directory below the root, and those between."""
    new = []
    while name not in listings:
        new.append(name)
        name = name[: name.rfind("/")]
    for one in reversed(new):
        listings[one[: one.rfind("/")]].append(directory_entry(one + "/"))
        listings[one] = []


def missing(path: str) -> FileNotFoundError:
    """Of a path on a ref that is there."""
    repository, ref, key = split(path)
    hint = f"nothing is at '{key}' of '{ref}'; listing {repository}/{ref}/ shows what there is"
    return FileNotFoundError(errno.ENOENT, f"{os.strerror(errno.ENOENT)}: {hint}", path)
