"""Transactions for coroutines."""

from __future__ import annotations

import logging
import warnings
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, Union

from mere import Commit
from mere._names import RefLike, RefName, ref_id

from mere_spec.transaction import Cleanup, made_up_name
from mere_spec.types import MergeKwargs

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from mere_spec.spec import LakeFSFileSystem

_log = logging.getLogger("mere_spec")


class BranchName(RefName):
    """The branch that a block writes to."""

    def __init__(self, repository: str, branch: str) -> None:
        self._repo_id = repository
        self._id = branch


class AsyncLakeFSTransaction:
    """Writes and versions in one block, on a branch that is merged at its end.

        async with fs.atransaction("prices", "main") as tx:
            await fs._pipe_file(f"prices/{tx.branch.id}/june.csv", b"...")
            await tx.commit("prices of June")

    The file system itself knows nothing of the block: several may be under way on one file system,
    and writes overlap as the program awaits them. A write is part of the transaction if its path
    names the transaction's branch.
    """

    def __init__(
        self,
        fs: LakeFSFileSystem,
        repository: str,
        base_branch: RefLike = "main",
        branch_name: Optional[str] = None,
        automerge: bool = True,
        delete: Cleanup = "onsuccess",
        merge_kwargs: Optional[MergeKwargs] = None,
    ) -> None:
        self.fs = fs
        self.repository = repository
        self.base_branch = ref_id(base_branch)
        self.branch = BranchName(repository, branch_name or made_up_name())
        self.automerge = automerge
        self.delete = delete
        self.merge_kwargs: dict[str, Any] = dict(merge_kwargs or {})

    async def __aenter__(self) -> Self:
        """Makes the branch. Raises FileNotFoundError (the repository, the base branch),
        FileExistsError.
        """
        await self.fs._create_branch(self.repository, self.branch.id, self.base_branch)
        return self

    async def __aexit__(
        self,
        exc_type: Optional[type[BaseException]],
        exc_val: Optional[BaseException],
        exc_tb: Optional[TracebackType],
    ) -> None:
        success = False
        try:
            if exc_type is None:
                await self._warn_of_uncommitted()
                if self.automerge:
                    await self._merge_changes(self.branch.id, self.base_branch, self.merge_kwargs)
            success = exc_type is None
        finally:
            if self.delete == "always" or (success and self.delete == "onsuccess"):
                await self.fs._delete_branch(self.repository, self.branch.id)
            self.fs.invalidate_cache(f"{self.repository}/{self.branch.id}")

    async def _has_uncommitted(self) -> bool:
        return await self.fs._differs(self.repository, self.branch.id)

    async def _warn_of_uncommitted(self) -> None:
        if not await self._has_uncommitted():
            return
        text = f"Finished transaction on branch {self.branch.id!r} with uncommitted changes."
        if self.delete != "never":
            text += " Objects added but not committed are lost."
        warnings.warn(text, stacklevel=3)

    async def commit(self, message: str, metadata: Optional[dict[str, str]] = None) -> Commit:
        """Commits what was written so far and answers the commit; the head's if nothing was."""
        if not await self._has_uncommitted():
            _log.warning("no changes to commit on branch %r", self.branch.id)
            return await self.rev_parse(self.branch.id)
        made = await self.fs._commit(self.repository, self.branch.id, message, metadata)
        return Commit(**made)

    async def merge(
        self, source_ref: RefLike, into: RefLike, **kwargs: Unpack[MergeKwargs]
    ) -> Commit:
        """Merges `source_ref` into a branch if it has anything new; the branch's head then."""
        await self._merge_changes(ref_id(source_ref), ref_id(into), dict(kwargs))
        return await self.rev_parse(into)

    async def _merge_changes(self, source: str, target: str, kwargs: dict[str, Any]) -> None:
        if await self.fs._differs(self.repository, target, source):
            await self.fs._merge(self.repository, source, target, **kwargs)

    async def revert(
        self, branch: RefLike, ref: Union[RefLike, Commit], parent_number: int = 1
    ) -> Commit:
        """Takes a commit's changes back by a new one on `branch`, which is answered.

        `parent_number` (from 1) says against which parent of a merge commit.
        """
        return Commit(
            **await self.fs._revert(self.repository, ref_id(branch), ref_id(ref), parent_number)
        )

    async def rev_parse(self, ref: RefLike) -> Commit:
        """The commit that a branch, tag, commit id or expression stands for."""
        return Commit(**await self.fs._rev_parse(self.repository, ref_id(ref)))

    async def tag(self, ref: RefLike, name: str) -> str:
        """Tags a commit; the tag's name."""
        made: str = await self.fs._create_tag(self.repository, name, ref_id(ref))
        return made
