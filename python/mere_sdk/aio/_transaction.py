"""Transactions for asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mere_sdk._transaction import TransactionSteps
from mere_sdk.models.tag_creation import TagCreation

if TYPE_CHECKING:
    from types import TracebackType

    from mere_sdk.aio.client import LakeFSClient


class Transaction(TransactionSteps):
    """Use it with `async with`; see `mere_sdk.LakeFSClient.transaction`."""

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

    async def __aenter__(self) -> Transaction:
        await self._client.branches_api.create_branch(self.repository, self.branch_creation())
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if exc_type is None:
                await self._finish()
        finally:
            await self._client.branches_api.delete_branch(self.repository, self.branch, force=True)

    async def _finish(self) -> None:
        client = self._client
        changes = await client.branches_api.diff_branch(self.repository, self.branch, amount=1)
        if changes.results:
            await client.commits_api.commit(self.repository, self.branch, self.commit_creation())
        elif not await self._committed():
            return
        merged = await client.refs_api.merge_into_branch(
            self.repository, self.branch, self.target, self.merge_body()
        )
        self.reference = merged.reference
        if self.tag is not None:
            creation = TagCreation(id=self.tag, ref=merged.reference)
            await client.tags_api.create_tag(self.repository, creation)

    async def _committed(self) -> bool:
        """Whether the block made commits of its own that the target does not have."""
        refs = self._client.refs_api
        page = await refs.diff_refs(self.repository, self.target, self.branch, amount=1)
        return bool(page.results)
