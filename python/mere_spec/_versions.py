"""Repositories, branches, tags and commits: what a lake has beside files.

Names are answered, or with `detail=True` dicts as the API has them. Each method has an async twin,
with an underscore before its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

import mere_sdk as sdk
from mere._names import suggested_namespace
from mere.exceptions import (
    CONFLICTS,
    ConflictException,
    is_merge_conflict,
    merge_conflict,
)
from mere_sdk import _operations as operations

from mere_spec._calls import run
from mere_spec._listing import PAGE
from mere_spec._writing import Writing
from mere_spec.errors import os_error, status_of

if TYPE_CHECKING:
    from mere_sdk._native import Operation
    from typing_extensions import Unpack

    from mere_spec.types import MergeKwargs


class Versions(Writing):
    """Manages what the file system's paths begin with."""

    async def _all(
        self,
        operation: Operation,
        before: tuple[Any, ...],
        after: tuple[Any, ...] = (),
        *,
        path: Optional[str] = None,
        limit: Optional[int] = None,
    ) -> list[Any]:
        """All results, or `limit`, of a listing with the parameters `before`, after, amount,
        `after`.
        """
        found: list[Any] = []
        offset: Optional[str] = None
        while limit is None or len(found) < limit:
            amount = PAGE if limit is None else min(PAGE, limit - len(found))
            page = await self._call(operation, (*before, offset, amount, *after), path=path)
            found += page.results
            if not page.pagination.has_more:
                break
            offset = page.pagination.next_offset
        return found

    async def _names(self, repository: str = "") -> list[str]:
        if not repository:
            return await self._repositories()  # type: ignore[no-any-return]
        branches: list[str] = await self._branches(repository)
        return branches + await self._tags(repository)  # type: ignore[no-any-return]

    # Repositories

    async def _repositories(self, prefix: str = "", detail: bool = False) -> Any:
        found = await self._all(operations.LIST_REPOSITORIES, (prefix or None,), (None,))
        return [one.to_dict() if detail else one.id for one in found]

    def repositories(self, prefix: str = "", detail: bool = False) -> Any:
        """The repositories whose names begin with `prefix`."""
        return run(self._repositories(prefix, detail))

    async def _create_repository(
        self,
        repository: str,
        storage_namespace: Optional[str] = None,
        default_branch: str = "main",
        *,
        sample_data: bool = False,
        read_only: bool = False,
        exist_ok: bool = False,
    ) -> dict[str, Any]:
        if storage_namespace is None:
            config = await self._call(operations.GET_CONFIG, ())
            storage_namespace = suggested_namespace(config.storage_config, repository)
        creation = sdk.RepositoryCreation(
            name=repository,
            storage_namespace=storage_namespace,
            default_branch=default_branch,
            sample_data=sample_data,
            read_only=read_only,
        )
        try:
            made = await self._call(
                operations.CREATE_REPOSITORY, (None,), creation, path=repository
            )
        except OSError as error:
            if status_of(error) != 409:
                raise
            if not exist_ok:
                raise FileExistsError(*error.args, repository) from error
            made = await self._call(operations.GET_REPOSITORY, (repository,), path=repository)
        return made.to_dict()  # type: ignore[no-any-return]

    def create_repository(
        self,
        repository: str,
        storage_namespace: Optional[str] = None,
        default_branch: str = "main",
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Makes a repository, by default below the lake's own storage; what is known of it.

        `kwargs`: sample_data, read_only, exist_ok. Raises FileExistsError.
        """
        return run(self._create_repository(repository, storage_namespace, default_branch, **kwargs))

    async def _delete_repository(self, repository: str, force: bool = False) -> None:
        await self._call(operations.DELETE_REPOSITORY, (repository, force), path=repository)
        self.invalidate_cache(repository)

    def delete_repository(self, repository: str, force: bool = False) -> None:
        """Deletes a repository; with `force` also a read-only one."""
        run(self._delete_repository(repository, force))

    # Branches and tags

    async def _branches(self, repository: str, prefix: str = "", detail: bool = False) -> Any:
        before = (repository, prefix or None)
        found = await self._all(operations.LIST_BRANCHES, before, (None,), path=repository)
        return [one.to_dict() if detail else one.id for one in found]

    def branches(self, repository: str, prefix: str = "", detail: bool = False) -> Any:
        """The branches whose names begin with `prefix`."""
        return run(self._branches(repository, prefix, detail))

    async def _create_branch(
        self,
        repository: str,
        branch: str,
        source: Optional[str] = None,
        *,
        hidden: bool = False,
        exist_ok: bool = False,
    ) -> str:
        path = f"{repository}/{branch}"
        creation = sdk.BranchCreation(
            name=branch, source=source or self.source_branch, hidden=hidden
        )
        try:
            await self._call(operations.CREATE_BRANCH, (repository,), creation, path=path)
        except OSError as error:
            if status_of(error) != 409:
                raise
            if not exist_ok:
                raise FileExistsError(*error.args, path) from error
        return branch

    def create_branch(
        self, repository: str, branch: str, source: Optional[str] = None, **kwargs: Any
    ) -> str:
        """Makes a branch from `source`, by default the file system's `source_branch`; its name.

        `kwargs`: hidden, exist_ok. Raises FileExistsError, FileNotFoundError.
        """
        return run(self._create_branch(repository, branch, source, **kwargs))

    async def _delete_branch(self, repository: str, branch: str) -> None:
        path = f"{repository}/{branch}"
        await self._call(operations.DELETE_BRANCH, (repository, branch, None), path=path)
        self.invalidate_cache(path)

    def delete_branch(self, repository: str, branch: str) -> None:
        """Deletes a branch with what is uncommitted on it."""
        run(self._delete_branch(repository, branch))

    async def _tags(self, repository: str, prefix: str = "", detail: bool = False) -> Any:
        found = await self._all(operations.LIST_TAGS, (repository, prefix or None), path=repository)
        return [one.to_dict() if detail else one.id for one in found]

    def tags(self, repository: str, prefix: str = "", detail: bool = False) -> Any:
        """The tags whose names begin with `prefix`."""
        return run(self._tags(repository, prefix, detail))

    async def _create_tag(self, repository: str, tag: str, ref: str) -> str:
        path = f"{repository}/{tag}"
        creation = sdk.TagCreation(id=tag, ref=ref)
        try:
            await self._call(operations.CREATE_TAG, (repository,), creation, path=path)
        except OSError as error:
            if status_of(error) != 409:
                raise
            raise FileExistsError(*error.args, path) from error
        return tag

    def create_tag(self, repository: str, tag: str, ref: str) -> str:
        """Tags what `ref` stands for now; the tag's name. Raises FileExistsError."""
        return run(self._create_tag(repository, tag, ref))

    async def _delete_tag(self, repository: str, tag: str) -> None:
        path = f"{repository}/{tag}"
        await self._call(operations.DELETE_TAG, (repository, tag, None), path=path)
        self.invalidate_cache(path)

    def delete_tag(self, repository: str, tag: str) -> None:
        """Deletes a tag."""
        run(self._delete_tag(repository, tag))

    # Commits

    async def _commit(
        self,
        repository: str,
        branch: str,
        message: str,
        metadata: Optional[dict[str, str]] = None,
        *,
        allow_empty: bool = False,
    ) -> dict[str, Any]:
        creation = sdk.CommitCreation(message=message, metadata=metadata, allow_empty=allow_empty)
        path = f"{repository}/{branch}"
        made = await self._call(operations.COMMIT, (repository, branch, None), creation, path=path)
        return made.to_dict()  # type: ignore[no-any-return]

    def commit(
        self,
        repository: str,
        branch: str,
        message: str,
        metadata: Optional[dict[str, str]] = None,
        *,
        allow_empty: bool = False,
    ) -> dict[str, Any]:
        """Commits what is uncommitted on a branch; the commit. Raises OSError (EINVAL) if nothing
        is.
        """
        return run(self._commit(repository, branch, message, metadata, allow_empty=allow_empty))

    async def _merge(
        self, repository: str, source: str, into: str, **kwargs: Unpack[MergeKwargs]
    ) -> str:
        path = f"{repository}/{into}"
        arguments = (repository, source, into)
        try:
            made = await self._call(
                operations.MERGE_INTO_BRANCH, arguments, sdk.Merge(**kwargs), path=path
            )
        except OSError as error:
            raise await self._with_conflicts(error, repository, source, into)
        finally:
            self.invalidate_cache(path)
        return made.reference  # type: ignore[no-any-return]

    async def _with_conflicts(
        self, error: OSError, repository: str, source: str, into: str
    ) -> BaseException:
        """A merge's error; one of conflicts names the paths."""
        known = error.__cause__
        if not isinstance(known, ConflictException) or not is_merge_conflict(known):
            return error
        path = f"{repository}/{into}"
        changes = await self._all(
            operations.DIFF_REFS,
            (repository, into, source),
            (None,) * 4,
            path=path,
            limit=CONFLICTS,
        )
        found = [one.path for one in changes if one.type == "conflict"]
        return os_error(merge_conflict(known, source, into, found), path)

    def merge(self, repository: str, source: str, into: str, **kwargs: Unpack[MergeKwargs]) -> str:
        """Merges `source` into a branch; the id of the merge's commit. Raises OSError that names
        the paths which both sides changed.
        """
        return run(self._merge(repository, source, into, **kwargs))

    async def _revert(
        self, repository: str, branch: str, ref: str, parent_number: int = 1
    ) -> dict[str, Any]:
        path = f"{repository}/{branch}"
        creation = sdk.RevertCreation(ref=ref, parent_number=parent_number)
        try:
            await self._call(operations.REVERT_BRANCH, (repository, branch), creation, path=path)
        finally:
            self.invalidate_cache(path)
        return await self._rev_parse(repository, branch)

    def revert(
        self, repository: str, branch: str, ref: str, parent_number: int = 1
    ) -> dict[str, Any]:
        """Takes a commit's changes back by a new commit, which is answered."""
        return run(self._revert(repository, branch, ref, parent_number))

    async def _reset(self, repository: str, branch: str, path: str = "") -> None:
        if not path:
            creation = sdk.ResetCreation(type="reset")
        else:
            kind = "common_prefix" if path.endswith("/") else "object"
            creation = sdk.ResetCreation(type=kind, path=path)
        where = f"{repository}/{branch}/{path}"
        await self._call(operations.RESET_BRANCH, (repository, branch), creation, path=where)
        self.invalidate_cache(where)

    def reset(self, repository: str, branch: str, path: str = "") -> None:
        """Takes uncommitted changes back: all, of one object, or below a path that ends with a
        slash.
        """
        run(self._reset(repository, branch, path))

    async def _rev_parse(self, repository: str, ref: str) -> dict[str, Any]:
        path = f"{repository}/{ref}"
        found = await self._call(operations.GET_COMMIT, (repository, ref), path=path)
        return found.to_dict()  # type: ignore[no-any-return]

    def rev_parse(self, repository: str, ref: str) -> dict[str, Any]:
        """The commit that a branch, tag, commit id or expression stands for."""
        return run(self._rev_parse(repository, ref))

    async def _log(
        self, repository: str, ref: str, amount: Optional[int] = None, path: str = ""
    ) -> list[dict[str, Any]]:
        prefixes = [path] if path.endswith("/") else None
        objects = [path] if path and not prefixes else None
        after = (objects, prefixes, None, None, None, None)
        where = f"{repository}/{ref}"
        found = await self._all(
            operations.LOG_COMMITS, (repository, ref), after, path=where, limit=amount
        )
        return [one.to_dict() for one in found]

    def log(
        self, repository: str, ref: str, amount: Optional[int] = None, path: str = ""
    ) -> list[dict[str, Any]]:
        """The commits from `ref` backwards, at most `amount`; of one object, or below `path/`."""
        return run(self._log(repository, ref, amount, path))

    async def _differs(self, repository: str, left: str, right: Optional[str] = None) -> bool:
        """Whether `_diff` would answer anything."""
        where = f"{repository}/{left}"
        if right is None:
            before: tuple[str, ...] = (repository, left)
            found = await self._all(
                operations.DIFF_BRANCH, before, (None, None), path=where, limit=1
            )
        else:
            before = (repository, left, right)
            found = await self._all(
                operations.DIFF_REFS, before, (None,) * 4, path=where, limit=1
            )
        return bool(found)

    async def _diff(
        self, repository: str, left: str, right: Optional[str] = None, prefix: str = ""
    ) -> list[dict[str, Any]]:
        where = f"{repository}/{left}"
        after: tuple[Any, ...] = (prefix or None, None)
        if right is None:
            found = await self._all(operations.DIFF_BRANCH, (repository, left), after, path=where)
        else:
            before = (repository, left, right)
            found = await self._all(operations.DIFF_REFS, before, (*after, None, None), path=where)
        return [one.to_dict() for one in found]

    def diff(
        self, repository: str, left: str, right: Optional[str] = None, prefix: str = ""
    ) -> list[dict[str, Any]]:
        """What `right` has changed since it left `left`; without `right` what is uncommitted on a
        branch.
        """
        return run(self._diff(repository, left, right, prefix))
