"""Transactions: a hidden branch that is merged at once or never."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from mere_sdk.models.branch_creation import BranchCreation
from mere_sdk.models.commit_creation import CommitCreation
from mere_sdk.models.merge import Merge
from mere_sdk.models.tag_creation import TagCreation

if TYPE_CHECKING:
    from types import TracebackType

    from mere_sdk.client import LakeFSClient


class TransactionSteps:
    """What the synchronous and the asynchronous form have in common: names and bodies.

    Attributes:
        repository: The repository.
        branch: The hidden branch that takes the writes.
        target: The branch that gets them.
        reference: After the end, the id of the merge; None if there was nothing to merge.
    """

    def __init__(
        self, repository: str, target: str, message: str, metadata: dict[str, str], tag: str | None
    ) -> None:
        self.repository = repository
        self.branch = f"tx-{uuid4()}"
        self.target = target
        self.reference: str | None = None
        self.message = message
        self.metadata = metadata
        self.tag = tag

    def branch_creation(self) -> BranchCreation:
        return BranchCreation(name=self.branch, source=self.target, hidden=True)

    def commit_creation(self) -> CommitCreation:
        return CommitCreation(message=self.message, metadata=self.metadata)

    def merge_body(self) -> Merge:
        return Merge(message=self.message, metadata=self.metadata)


class Transaction(TransactionSteps):
    """Use it with `with`; see `LakeFSClient.transaction`."""

    def __init__(
        self,
        client: LakeFSClient,
        repository: str,
        target: str,
        message: str,
        metadata: dict[str, str],
        tag: str | None,
    ) -> None:
        super().__init__(repository, target, message, metadata, tag)
        self._client = client

    def __enter__(self) -> Transaction:
        self._client.branches_api.create_branch(self.repository, self.branch_creation())
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if exc_type is None:
                self._finish()
        finally:
            self._client.branches_api.delete_branch(self.repository, self.branch, force=True)

    def _finish(self) -> None:
        changes = self._client.branches_api.diff_branch(self.repository, self.branch, amount=1)
        if changes.results:
            self._client.commits_api.commit(self.repository, self.branch, self.commit_creation())
        elif not self._committed():
            return
        merged = self._client.refs_api.merge_into_branch(
            self.repository, self.branch, self.target, self.merge_body()
        )
        self.reference = merged.reference
        if self.tag is not None:
            creation = TagCreation(id=self.tag, ref=merged.reference)
            self._client.tags_api.create_tag(self.repository, creation)

    def _committed(self) -> bool:
        """Whether the block made commits of its own that the target does not have."""
        page = self._client.refs_api.diff_refs(self.repository, self.target, self.branch, amount=1)
        return bool(page.results)
