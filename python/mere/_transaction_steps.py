"""How a transaction begins and ends."""

from __future__ import annotations

from typing import Any, Optional

from mere._steps import settled
from mere.exceptions import LakeFSException, TransactionException


class TransactionSettings:
    """How a transaction ends; may be changed until then."""

    def __init__(
        self, source: str, message: str, metadata: Optional[dict[str, str]], tag: Optional[str]
    ) -> None:
        self._source_branch = source
        self.commit_message = message
        self.commit_metadata = metadata
        self.tag = tag

    @property
    def source_id(self) -> str:
        """The branch that the transaction is merged into."""
        return self._source_branch

    @staticmethod
    def _get_tx_name() -> str:
        import uuid

        return (
            f"tx-{uuid.uuid4()}"  # without the source's name, which may be as long as names can be
        )


class TransactionSteps:
    """The end of a transaction, good or bad."""

    _tx: Any = None

    def __init__(
        self,
        repository_id: str,
        branch_id: str,
        commit_message: str,
        commit_metadata: Optional[dict[str, str]],
        delete_branch_on_error: bool,
        client: Any,
        tag: Optional[str],
    ) -> None:
        self._repo_id = repository_id
        self._settings = (branch_id, commit_message, commit_metadata, tag)
        self._cleanup_branch = delete_branch_on_error
        self._client = client

    def _make_tag(self, name: str, commit_id: str) -> Any:
        raise NotImplementedError

    async def _end(self, failed: bool) -> None:
        tx = self._tx
        if failed:
            await self._give_up()
            return
        try:
            await settled(tx._end_uploads())
            await settled(
                tx._tx_branch.commit(message=tx.commit_message, metadata=tx.commit_metadata)
            )
            merged = await settled(
                tx._tx_branch.merge_into(
                    tx.source_id, message=f"Merge transaction {tx.id} to branch"
                )
            )
        except LakeFSException as error:
            await self._give_up()
            raise TransactionException(f"Failed committing transaction {tx.id}: {error}") from error
        except BaseException:
            await self._give_up()
            raise
        await self._delete_branch()
        if tx.tag:
            await settled(self._make_tag(tx.tag, merged))

    async def _give_up(self) -> None:
        try:
            await settled(self._tx._end_uploads())
        except Exception as error:  # the block's own error matters more
            _log().debug("an upload of the abandoned transaction %s failed: %s", self._tx.id, error)
        if self._cleanup_branch:
            await self._delete_branch()

    async def _delete_branch(self) -> None:
        """That the branch stays must hide neither success nor the cause of a failure."""
        try:
            await settled(self._tx._tx_branch.delete())
        except LakeFSException as error:
            _log().warning(
                "the branch %s of a finished transaction could not be deleted: %s",
                self._tx.id,
                error,
            )


def _log() -> Any:
    import logging

    return logging.getLogger("mere.branch")
