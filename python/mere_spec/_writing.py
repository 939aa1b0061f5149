"""Bytes into the lake, and out of it again: pipe, put, copy, rm."""

from __future__ import annotations

import os
from collections.abc import Iterable
from glob import has_magic
from typing import TYPE_CHECKING, Any, Literal, Optional

from fsspec.callbacks import DEFAULT_CALLBACK
from fsspec.utils import isfilelike, stringify_path
from mere_sdk import BranchCreation, ObjectCopyCreation, PathList
from mere_sdk import _operations as operations

from mere_spec._listing import PAGE, PATHS, Pages
from mere_spec._paths import split, strip_protocol, to_copy, to_upload
from mere_spec._reading import Reading, raise_first
from mere_spec.errors import status_of

if TYPE_CHECKING:
    from mere_spec.transaction import LakeFSTransaction

SMALL = 1024 * 1024  # bytes; up to here a write is one request, which a transaction lets overlap
ROUND = 4096  # objects of one bulk upload between two looks at what failed


class Writing(Reading):
    """Writes, copies and deletes one object or many. Branches that are missing are made."""

    create_branch_ok: bool
    source_branch: str
    _transaction: Optional[LakeFSTransaction]

    def _put_arguments(self, path: str, exclusive: bool = False) -> tuple[Any, ...]:
        repository, branch, key = split(path)
        if not key:
            raise ValueError(f"{path!r} names no object: a path is <repository>/<branch>/<path>")
        return (repository, branch, key, "*" if exclusive else None, None, None, None)

    async def _pipe_file(
        self,
        path: Any,
        value: Any,
        mode: Literal["overwrite", "create"] = "overwrite",
        content_type: Optional[str] = None,
        metadata: Optional[dict[str, str]] = None,
        **kwargs: Any,
    ) -> None:
        path = strip_protocol(path)
        arguments = self._put_arguments(path, mode == "create")
        options = self._upload_options(content_type, metadata)
        if not self._pipelined(path, arguments, value, options, kwargs.get("autocommit", False)):
            await self._upload(path, arguments, value, options)

    def _pipelined(
        self, path: str, arguments: tuple[Any, ...], body: Any, options: Any, autocommit: bool
    ) -> bool:
        """Lets a small write of a transaction overlap with others; whether it did."""
        transaction = self._transaction if self._intrans and not autocommit else None
        if (
            transaction is None
            or len(body) > SMALL
            or not transaction.write(path, arguments, body, options)
        ):
            return False
        self._forget(path)
        return True

    async def _upload(self, path: str, arguments: tuple[Any, ...], body: Any, options: Any) -> Any:
        """One object, whose body can be sent twice."""
        try:
            try:
                return await self._call(
                    operations.UPLOAD_OBJECT, arguments, body, options=options, path=path
                )
            except FileNotFoundError:
                if not await self._create_missing(arguments[0], arguments[1]):
                    raise
            return await self._call(
                operations.UPLOAD_OBJECT, arguments, body, options=options, path=path
            )
        finally:
            self._forget(path)

    async def _create_missing(self, repository: str, branch: str) -> bool:
        """Makes a branch that a write did not find; whether it is there now."""
        if not self.create_branch_ok:
            return False
        creation = BranchCreation(name=branch, source=self.source_branch)
        try:
            await self._call(operations.CREATE_BRANCH, (repository,), creation)
        except FileNotFoundError:
            return False
        except OSError as error:
            if status_of(error) != 409:  # by somebody else, meanwhile
                raise
        self._forget(f"{repository}/{branch}/x")
        return True

    async def _ensure_branch(self, repository: str, branch: str) -> None:
        """For a body that cannot be sent twice."""
        try:
            await self._call(operations.GET_BRANCH, (repository, branch))
        except FileNotFoundError:
            await self._create_missing(repository, branch)

    async def _pipe(
        self, path: Any, value: Any = None, batch_size: Optional[int] = None, **kwargs: Any
    ) -> None:
        """One object, or a dict of them in parallel."""
        if not isinstance(path, dict):
            await self._pipe_file(path, value, **kwargs)
            return
        mode = kwargs.pop("mode", "overwrite")
        options = self._upload_options(kwargs.get("content_type"), kwargs.get("metadata"))
        paths = [strip_protocol(one) for one in path]
        calls = [
            (self._put_arguments(one, mode == "create"), body)
            for one, body in zip(paths, path.values(), strict=True)
        ]
        await self._upload_many("call_many", calls, paths, options, None, batch_size)

    async def _upload_many(
        self,
        method: str,
        calls: list[tuple[tuple[Any, ...], Any]],
        paths: list[str],
        options: Any,
        callback: Any,
        concurrency: Optional[int],
    ) -> None:
        """All of them; the first error is raised when all have ended."""
        failed: list[Any] = []
        for start in range(0, len(calls), ROUND):
            some, names = calls[start : start + ROUND], paths[start : start + ROUND]
            results = await self._call_many(
                method,
                operations.UPLOAD_OBJECT,
                some,
                names,
                options=options,
                callback=callback,
                concurrency=concurrency or 0,
            )
            missing = [i for i, one in enumerate(results) if isinstance(one, FileNotFoundError)]
            again = await self._branches_made({some[i][0][:2] for i in missing})
            retried = [i for i in missing if some[i][0][:2] in again]
            results_again = await self._call_many(
                method,
                operations.UPLOAD_OBJECT,
                [some[i] for i in retried],
                [names[i] for i in retried],
                options=options,
                concurrency=concurrency or 0,
            )
            for index, result in zip(retried, results_again, strict=True):
                results[index] = result
            failed += [one for one in results if isinstance(one, BaseException)]
        if self.dircache:
            for path in paths:
                self._forget(path)
        self._note_in_transaction(paths)
        raise_first(failed)

    async def _branches_made(self, branches: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
        return {branch for branch in sorted(branches) if await self._create_missing(*branch)}

    def _note_in_transaction(self, paths: Iterable[str]) -> None:
        if self._intrans and self._transaction is not None:
            self._transaction.note(paths)

    async def _put_file(
        self,
        lpath: Any,
        rpath: Any,
        callback: Any = DEFAULT_CALLBACK,
        mode: Literal["overwrite", "create"] = "overwrite",
        *,
        precheck: bool = True,
        **kwargs: Any,
    ) -> None:
        rpath = strip_protocol(rpath)
        if isfilelike(lpath):
            await self._pipe_file(rpath, lpath.read(), mode=mode, **kwargs)
            return
        lpath = stringify_path(lpath)
        if os.path.isdir(lpath):
            return  # there are no directories but those that files make
        if mode == "overwrite" and precheck and await self._is_same(rpath, lpath):
            return
        arguments = self._put_arguments(rpath, mode == "create")
        size = os.path.getsize(lpath)
        callback.set_size(size)
        options = self._upload_options(kwargs.get("content_type"), kwargs.get("metadata"))
        if size <= SMALL and self._intrans:
            with open(lpath, "rb") as file:
                body = file.read()
            if self._pipelined(rpath, arguments, body, options, kwargs.get("autocommit", False)):
                callback.absolute_update(size)
                return
        calls = [(arguments, lpath)]
        await self._upload_many("upload_many", calls, [rpath], options, None, None)
        callback.absolute_update(size)

    async def _put(
        self,
        lpath: Any,
        rpath: Any,
        recursive: bool = False,
        callback: Any = DEFAULT_CALLBACK,
        batch_size: Optional[int] = None,
        maxdepth: Optional[int] = None,
        *,
        precheck: bool = True,
        mode: Literal["overwrite", "create"] = "overwrite",
        **kwargs: Any,
    ) -> None:
        if isfilelike(lpath):
            await self._put_file(lpath, rpath, callback=callback, mode=mode, **kwargs)
            return
        pairs = await to_upload(self, lpath, rpath, recursive, maxdepth)
        callback.set_size(len(pairs))
        if len(pairs) == 1:
            await self._put_file(*pairs[0], mode=mode, precheck=precheck, **kwargs)
            callback.relative_update(1)
            return
        if mode == "overwrite" and precheck:
            same = {(b, a) for a, b in await self._same([(r, p) for p, r in pairs])}
            pairs = [pair for pair in pairs if pair not in same] if same else pairs
            callback.relative_update(len(same))
        options = self._upload_options(kwargs.get("content_type"), kwargs.get("metadata"))
        calls = [(self._put_arguments(r, mode == "create"), p) for p, r in pairs]
        paths = [r for _, r in pairs]
        await self._upload_many("upload_many", calls, paths, options, callback, batch_size)

    async def _cp_file(self, path1: Any, path2: Any, **kwargs: Any) -> None:
        path1, path2 = strip_protocol(path1), strip_protocol(path2)
        if path1 == path2:
            return
        arguments, body = self._copy_arguments(path1, path2)
        try:
            await self._call(operations.COPY_OBJECT, arguments, body, path=path1)
        finally:
            self._forget(path2)

    def _copy_arguments(self, path1: str, path2: str) -> tuple[tuple[Any, ...], Any]:
        repository, ref, key = split(path1)
        target, branch, target_key = split(path2)
        if repository != target:
            raise ValueError(
                "can only copy objects within a repository, but the source is in "
                f"{repository!r} and the destination in {target!r}"
            )
        return (repository, branch, target_key), ObjectCopyCreation(src_path=key, src_ref=ref)

    async def _copy(
        self,
        path1: Any,
        path2: Any,
        recursive: bool = False,
        on_error: Optional[str] = None,
        maxdepth: Optional[int] = None,
        batch_size: Optional[int] = None,
        **kwargs: Any,
    ) -> None:
        pairs = await to_copy(self, path1, path2, recursive, maxdepth)
        if recursive:
            objects = set(await self._objects_among([source for source, _ in pairs]))
            pairs = [pair for pair in pairs if pair[0] in objects]
        elif not isinstance(path1, list) and len(pairs) == 1:
            if await self._isdir(pairs[0][0]):
                return
        pairs = [(a, b) for a, b in pairs if a != b]
        results = await self._call_many(
            "call_many",
            operations.COPY_OBJECT,
            [self._copy_arguments(a, b) for a, b in pairs],
            [a for a, _ in pairs],
            concurrency=batch_size or 0,
        )
        for _, target in pairs:
            self._forget(target)
        if on_error == "ignore" or (on_error is None and recursive):
            results = [one for one in results if not isinstance(one, FileNotFoundError)]
        raise_first(results)

    async def _mv_file(self, path1: Any, path2: Any) -> None:
        await self._cp_file(path1, path2)
        await self._rm_file(path1)

    async def _rm_file(self, path: Any, **kwargs: Any) -> None:
        await self._rm(path)

    async def _rm(
        self,
        path: Any,
        recursive: bool = False,
        batch_size: Optional[int] = None,
        maxdepth: Optional[int] = None,
        **kwargs: Any,
    ) -> None:
        """Deletes objects; what is not there is no error."""
        targets = [strip_protocol(one) for one in (path if isinstance(path, list) else [path])]
        names: dict[tuple[str, str], list[str]] = {}
        for target in targets:
            found = await self._expand_path(target) if has_magic(target) else [target]
            for one in found:
                repository, branch, key = split(one)
                if recursive:
                    await self._rm_below(one, (repository, branch), key, maxdepth)
                if key and not key.endswith("/"):
                    names.setdefault((repository, branch), []).append(key)
        for (repository, branch), keys in names.items():
            for start in range(0, len(keys), PAGE):
                some = keys[start : start + PAGE]
                await self._delete(f"{repository}/{branch}/{some[0]}", (repository, branch), some)
                for key in some:
                    self._forget(f"{repository}/{branch}/{key}")

    async def _rm_below(
        self, path: str, branch: tuple[str, str], key: str, maxdepth: Optional[int]
    ) -> None:
        prefix = key.rstrip("/") + "/" if key else ""
        pages = Pages(self, path, branch, prefix, items=PATHS)
        try:
            while keys := await pages.next():
                if maxdepth is not None:
                    keys = [one for one in keys if one.count("/", len(prefix)) < maxdepth]
                if keys:
                    await self._delete(path, branch, keys)
        finally:
            self.invalidate_cache(path)

    async def _delete(self, path: str, branch: tuple[str, str], keys: list[str]) -> None:
        arguments = (*branch, None, None)
        answer = await self._call(
            operations.DELETE_OBJECTS, arguments, PathList(paths=keys), path=path
        )
        for error in (answer.errors if answer is not None else None) or ():
            raise OSError(f"{error.status_code} {error.message}: {error.path!r}")
