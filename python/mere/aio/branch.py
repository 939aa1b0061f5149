"""Branches and transactions on them, for asyncio."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Optional, Union

from mere import _records as records
from mere._names import RefLike, ref_id
from mere._transaction_steps import TransactionSettings, TransactionSteps
from mere.aio._listing import Listing, listing
from mere.aio._pipeline import Pipeline
from mere.aio.client import Client
from mere.aio.import_manager import ImportManager
from mere.aio.object import StoredObject, WriteableObject
from mere.aio.reference import Reference
from mere.aio.tag import Tag
from mere.branch import path_batches, reverted
from mere.exceptions import ConflictException, api_exception_handler, of_source, unless
from mere.models import Change, Commit

if TYPE_CHECKING:
    import os


class _BaseBranch(Reference):
    """What can be done with a branch and within a transaction."""

    def object(self, path: str) -> WriteableObject:
        """The object at a path; nothing is asked yet."""
        return WriteableObject(self.repo_id, self._id, path, client=self._client)

    def uncommitted(
        self,
        max_amount: Optional[int] = None,
        after: Optional[str] = None,
        prefix: Optional[str] = None,
        **kwargs: Any,
    ) -> Listing[Change]:
        """As `mere.Branch.uncommitted`, an async iterator."""
        return listing(
            self._client,
            Change._of,
            lambda sdk: sdk.branches_api.diff_branch,
            self._repo_id,
            self._id,
            record=records.changes,
            max_amount=max_amount,
            after=after,
            prefix=prefix,
            **kwargs,
        )

    async def delete_objects(
        self, object_paths: Union[str, StoredObject, Iterable[Union[str, StoredObject]]]
    ) -> Any:
        """As `mere.Branch.delete_objects`."""
        from mere_sdk import PathList

        result = None
        for paths in path_batches(object_paths):
            sdk = await self._client._sdk()
            with api_exception_handler():
                result = await sdk.objects_api.delete_objects(
                    self._repo_id, self._id, PathList(paths=paths)
                )
            if result is not None and result.errors:
                break
        return result

    async def reset_changes(
        self,
        path_type: Literal["common_prefix", "object", "reset"] = "reset",
        path: Optional[str] = None,
        **kwargs: Any,
    ) -> None:
        """As `mere.Branch.reset_changes`."""
        from mere_sdk import ResetCreation

        creation = ResetCreation(path=path, type=path_type)
        sdk = await self._client._sdk()
        with api_exception_handler():
            await sdk.branches_api.reset_branch(self._repo_id, self.id, creation, **kwargs)

    async def put_many(
        self,
        objects: Union[Mapping[str, Union[str, bytes]], Iterable[tuple[str, Union[str, bytes]]]],
        *,
        content_type: Optional[str] = None,
        metadata: Optional[dict[str, str]] = None,
        concurrency: int = 16,
        progress: Optional[bool] = None,
    ) -> int:
        """As `mere.Branch.put_many`."""
        from mere import _bulk

        session = await self._client._native()
        return await _bulk.put_many(
            self,
            session.call_many_async,
            objects,
            content_type=content_type,
            metadata=metadata,
            concurrency=concurrency,
            progress=progress,
        )

    async def upload_files(
        self,
        source: Union[str, os.PathLike[str], Iterable[Union[str, os.PathLike[str]]]],
        prefix: str = "",
        *,
        content_type: Optional[str] = None,
        concurrency: int = 16,
        progress: Optional[bool] = None,
    ) -> int:
        """As `mere.Branch.upload_files`."""
        from mere import _bulk

        session = await self._client._native()
        return await _bulk.upload_files(
            self,
            session.upload_many_async,
            source,
            prefix,
            content_type=content_type,
            concurrency=concurrency,
            progress=progress,
        )


class Branch(_BaseBranch):
    """As `mere.Branch`."""

    def __init__(self, repository_id: str, branch_id: str, client: Optional[Client] = None) -> None:
        super().__init__(repository_id, reference_id=branch_id, client=client)

    async def get_commit(self) -> Commit:
        """The commit at the head now: asked for each time."""
        self._commit = None
        return await super().get_commit()

    async def cherry_pick(
        self, reference: RefLike, parent_number: Optional[int] = None, **kwargs: Any
    ) -> Commit:
        """As `mere.Branch.cherry_pick`."""
        from mere_sdk import CherryPickCreation

        creation = CherryPickCreation(ref=ref_id(reference), parent_number=parent_number)
        sdk = await self._client._sdk()
        with api_exception_handler():
            return Commit._of(
                await sdk.branches_api.cherry_pick(self._repo_id, self._id, creation, **kwargs)
            )

    async def create(
        self, source_reference: RefLike, exist_ok: bool = False, **kwargs: Any
    ) -> Branch:
        """As `mere.Branch.create`."""
        from mere_sdk import BranchCreation

        creation = BranchCreation(name=self._id, source=ref_id(source_reference), **kwargs)
        sdk = await self._client._sdk()
        source = f"lakefs://{self._repo_id}/{creation.source}"
        with api_exception_handler(of_source(source, unless(ConflictException, exist_ok))):
            await sdk.branches_api.create_branch(self._repo_id, creation)
        return self

    async def head(self) -> Reference:
        """The commit at the head now. Raises NotFoundException, NotAuthorizedException."""
        sdk = await self._client._sdk()
        with api_exception_handler():
            found = await sdk.branches_api.get_branch(self._repo_id, self._id)
        return Reference(self._repo_id, found.commit_id, self._client)

    async def commit(
        self, message: str, metadata: Optional[dict[str, str]] = None, **kwargs: Any
    ) -> Reference:
        """As `mere.Branch.commit`."""
        from mere_sdk import CommitCreation

        creation = CommitCreation(message=message, metadata=metadata, **kwargs)
        sdk = await self._client._sdk()
        with api_exception_handler():
            made = await sdk.commits_api.commit(self._repo_id, self._id, creation)
        return Reference(self._repo_id, made.id, self._client)

    async def delete(self, **kwargs: Any) -> None:
        """As `mere.Branch.delete`."""
        sdk = await self._client._sdk()
        with api_exception_handler():
            await sdk.branches_api.delete_branch(self._repo_id, self._id, **kwargs)

    async def revert(
        self,
        reference: Optional[RefLike],
        parent_number: int = 0,
        *,
        reference_id: Optional[str] = None,
        **kwargs: Any,
    ) -> Commit:
        """As `mere.Branch.revert`."""
        from mere_sdk import RevertCreation

        creation = RevertCreation(
            ref=reverted(reference, parent_number, reference_id),
            parent_number=parent_number,
            allow_empty=False,
        )
        sdk = await self._client._sdk()
        with api_exception_handler():
            await sdk.branches_api.revert_branch(self._repo_id, self._id, creation, **kwargs)
            return Commit._of(await sdk.commits_api.get_commit(self._repo_id, self._id))

    def import_data(
        self, commit_message: str = "", metadata: Optional[dict[str, str]] = None
    ) -> ImportManager:
        """An import into this branch, which is then given its sources and run."""
        return ImportManager(self._repo_id, self._id, commit_message, metadata, self._client)

    def transact(
        self,
        commit_message: str = "",
        commit_metadata: Optional[dict[str, str]] = None,
        delete_branch_on_error: bool = True,
        tag: Optional[str] = None,
    ) -> Transaction:
        """As `mere.Branch.transact`, for `async with`."""
        return Transaction(
            self._repo_id,
            self._id,
            commit_message,
            commit_metadata,
            delete_branch_on_error,
            self._client,
            tag,
        )


class _Transaction(TransactionSettings, _BaseBranch):
    """What a transaction's block works with."""

    def __init__(
        self, tx_branch: Branch, settings: tuple[str, str, Optional[dict[str, str]], Optional[str]]
    ) -> None:
        TransactionSettings.__init__(self, *settings)
        _BaseBranch.__init__(self, tx_branch.repo_id, tx_branch.id, tx_branch._client)
        self._tx_branch = tx_branch
        self._pipeline = Pipeline()
        self._client._pipelines.append(self._pipeline)

    def object(self, path: str) -> WriteableObject:
        """The object at a path; its uploads overlap with others."""
        made = super().object(path)
        made._pipeline = self._pipeline
        return made

    async def _end_uploads(self) -> None:
        """Waits for all uploads; later ones go their own way. Raises the first one's error."""
        if self._pipeline in self._client._pipelines:
            self._client._pipelines.remove(self._pipeline)
        await self._pipeline.finish()


class Transaction(TransactionSteps):
    """A transaction as an async context manager; see Branch.transact."""

    def __init__(
        self,
        repository_id: str,
        branch_id: str,
        commit_message: str = "",
        commit_metadata: Optional[dict[str, str]] = None,
        delete_branch_on_error: bool = True,
        client: Optional[Client] = None,
        tag: Optional[str] = None,
    ) -> None:
        super().__init__(
            repository_id,
            branch_id,
            commit_message,
            commit_metadata,
            delete_branch_on_error,
            client,
            tag,
        )

    async def __aenter__(self) -> _Transaction:
        branch = Branch(self._repo_id, TransactionSettings._get_tx_name(), self._client)
        await branch.create(self._settings[0], hidden=True)
        self._tx = begun = _Transaction(branch, self._settings)
        return begun

    async def __aexit__(self, typ: Any, value: Any, traceback: Any) -> Literal[False]:
        await self._end(typ is not None)
        return False

    async def _make_tag(self, name: str, commit_id: str) -> Tag:
        return await Tag(self._repo_id, name, self._client).create(commit_id)
