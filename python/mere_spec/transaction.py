"""Transactions: writes on a branch of their own, then commits, merges, tags, all in one block."""

from __future__ import annotations

import logging
import random
import string
import warnings
from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Optional, Union

from fsspec.transaction import Transaction
from mere import Branch, Commit, Reference, Repository, Tag
from mere._pipeline import Pipeline
from mere.exceptions import LakeFSException, ServerException
from mere.reference import ReferenceType, ref_id
from mere_sdk import _operations as operations

from mere_spec.errors import translate_lakefs_error
from mere_spec.types import MergeKwargs

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from mere_spec.spec import LakeFSFileSystem

_log = logging.getLogger("mere_spec")

Cleanup = Literal["onsuccess", "always", "never"]


def made_up_name() -> str:
    """Of a transaction's branch."""
    return "transaction-" + "".join(random.choices(string.digits, k=12))


class Written:
    """A write of a transaction that needs nothing more."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def commit(self) -> None:
        """Nothing: it is in the lake."""

    def discard(self) -> None:
        """Nothing: it goes with the branch."""


class LakeFSTransaction(Transaction):  # type: ignore[misc]
    """Writes and versions in one block, on a branch that is merged at its end.

        with fs.transaction("prices", "main") as tx:
            fs.pipe(f"prices/{tx.branch.id}/june.csv", b"...")
            tx.commit("prices of June")

    Small writes overlap; whatever could miss one waits for them: a commit, a listing, a read, the
    end.
    """

    fs: LakeFSFileSystem
    repository: str
    base_branch: Branch

    def __init__(self, fs: LakeFSFileSystem) -> None:
        super().__init__(fs=fs)
        self.files: deque[Any] = deque()
        self.automerge = False
        self.delete: Cleanup = "onsuccess"
        self.merge_kwargs: dict[str, Any] = {}
        self._ephemeral_branch: Optional[Branch] = None
        self._pipeline: Optional[Pipeline] = None
        self._session: Any = None

    def __call__(
        self,
        repository: Union[str, Repository],
        base_branch: Union[str, Branch] = "main",
        branch_name: Optional[str] = None,
        automerge: bool = True,
        delete: Cleanup = "onsuccess",
        merge_kwargs: Optional[MergeKwargs] = None,
    ) -> LakeFSTransaction:
        """Says where and how, for the `with` statement.

        `base_branch` is branched from, and merged into at the end if `automerge` is true, as
        `merge_kwargs` say.
        `branch_name` is the name of the branch between, else one is made up. `delete` says when
        that is deleted.
        Raises ValueError if there is no such repository.
        """
        self.repository = repository if isinstance(repository, str) else repository.id
        client = self.fs.client
        try:
            client.sdk_client.repositories_api.get_repository(self.repository)
        except Exception as error:
            if getattr(error, "status", None) not in (400, 404):
                raise
            raise ValueError(f"repository {self.repository!r} does not exist") from None
        self.base_branch = self._branch_of(base_branch)
        self.automerge = automerge
        self.delete = delete
        self.merge_kwargs = dict(merge_kwargs or {})
        name = branch_name or made_up_name()
        self._ephemeral_branch = Branch(self.repository, name, client=client)
        return self

    @property
    def branch(self) -> Branch:
        """The branch that the block writes to."""
        if self._ephemeral_branch is None:
            raise ValueError(
                "a transaction needs a repository: with fs.transaction(repository) as tx"
            )
        return self._ephemeral_branch

    def __enter__(self) -> Self:
        self.branch.create(self.base_branch, exist_ok=False)
        self.files = deque()
        self._session = self.fs._session
        self._pipeline = Pipeline()
        self.fs.client._pipelines.append(self._pipeline)
        self.fs._intrans = True
        return self

    def __exit__(
        self,
        exc_type: Optional[type[BaseException]],
        exc_val: Optional[BaseException],
        exc_tb: Optional[TracebackType],
    ) -> None:
        success = False
        try:
            self._end_files(exc_type is None)
            self._warn_of_uncommitted()
            if exc_type is None and self.automerge:
                self._merge_changes(self.branch, self.base_branch, self.merge_kwargs)
            success = exc_type is None
        finally:
            if self.delete == "always" or (success and self.delete == "onsuccess"):
                self.branch.delete()
            self.fs.invalidate_cache(f"{self.repository}/{self.branch.id}")

    def _end_files(self, success: bool) -> None:
        """Waits for all writes; of a block that failed, those that are not closed are discarded."""
        fs, pipeline = self.fs, self._pipeline
        try:
            while self.files:
                file = self.files.popleft()
                if not success:
                    file.discard()
            if pipeline is not None:
                pipeline.finish() if success else pipeline.wait()
        finally:
            if pipeline in fs.client._pipelines:
                fs.client._pipelines.remove(pipeline)
            self._pipeline = None
            fs._intrans = False
            fs._transaction = None

    def _warn_of_uncommitted(self) -> None:
        if not any(self.branch.uncommitted(max_amount=1)):
            return
        text = f"Finished transaction on branch {self.branch.id!r} with uncommitted changes."
        if self.delete != "never":
            text += " Objects added but not committed are lost."
        warnings.warn(text, stacklevel=3)

    def write(self, path: str, arguments: tuple[Any, ...], body: Any, options: Any) -> bool:
        """Starts a small write on the transaction's branch; False if it is for another one.

        Raises what an earlier one met.
        """
        if self._pipeline is None or arguments[:2] != (self.repository, self.branch.id):
            return False

        def told(error: LakeFSException) -> BaseException:
            return (
                translate_lakefs_error(error, path) if isinstance(error, ServerException) else error
            )

        self._pipeline.start(
            self._session, operations.UPLOAD_OBJECT, arguments, bytes(body), options, told
        )
        self.files.append(Written(path))
        return True

    def note(self, paths: Iterable[str]) -> None:
        """Remembers writes that have ended."""
        self.files.extend(map(Written, paths))

    def _finish_writes(self) -> None:
        if self._pipeline is not None:
            self._pipeline.finish()

    def commit(self, message: str, metadata: Optional[dict[str, str]] = None) -> Reference:
        """Commits what was written so far; the head as it is if nothing was."""
        self._finish_writes()
        if not any(self.branch.uncommitted(max_amount=1)):
            _log.warning("no changes to commit on branch %r", self.branch.id)
            return self.branch.head
        return self.branch.commit(message, metadata=metadata)

    def merge(
        self,
        source_ref: Union[str, Branch],
        into: Union[str, Branch],
        **kwargs: Unpack[MergeKwargs],
    ) -> Commit:
        """Merges `source_ref` into a branch if it has anything new; the branch's head then."""
        self._finish_writes()
        target = self._branch_of(into)
        self._merge_changes(self._branch_of(source_ref), target, dict(kwargs))
        return target.head.get_commit()

    def _merge_changes(self, source: Branch, target: Branch, kwargs: dict[str, Any]) -> None:
        if any(target.diff(source, max_amount=1)):
            source.merge_into(target, **kwargs)
            self.fs.invalidate_cache(f"{self.repository}/{target.id}")

    def revert(
        self, branch: Union[str, Branch], ref: ReferenceType, parent_number: int = 1
    ) -> Commit:
        """Takes a commit's changes back by a new one on `branch`, which is answered.

        `parent_number` (from 1) says against which parent of a merge commit.
        """
        self._finish_writes()
        target = self._branch_of(branch)
        target.revert(ref_id(ref), parent_number=parent_number)
        self.fs.invalidate_cache(f"{self.repository}/{target.id}")
        return target.head.get_commit()

    def rev_parse(self, ref: ReferenceType) -> Commit:
        """The commit that a branch, tag, commit id or expression stands for."""
        return Reference(self.repository, ref_id(ref), client=self.fs.client).get_commit()

    def tag(self, ref: ReferenceType, name: str) -> Tag:
        """Tags a commit."""
        return Tag(self.repository, name, client=self.fs.client).create(ref)

    def _branch_of(self, branch: Union[str, Branch]) -> Branch:
        if isinstance(branch, str):
            return Branch(self.repository, branch, client=self.fs.client)
        return branch
