"""Refs, for asyncio."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Optional, Union

from mere import _records as records
from mere._names import RefLike, RefName, ref_id
from mere.aio._listing import Listing, listing, pages
from mere.aio.client import Client, HasClient
from mere.aio.object import StoredObject
from mere.exceptions import (
    CONFLICTS,
    ConflictException,
    api_exception_handler,
    is_merge_conflict,
    merge_conflict,
)
from mere.models import Change, Commit, CommonPrefix, ObjectInfo, entry_of

if TYPE_CHECKING:
    import os

    import pyarrow


class Reference(RefName, HasClient):
    """As `mere.Reference`."""

    def __init__(
        self, repository_id: str, reference_id: str, client: Optional[Client] = None
    ) -> None:
        self._repo_id = repository_id
        self._id = reference_id
        super().__init__(client)

    def objects(
        self,
        max_amount: Optional[int] = None,
        after: Optional[str] = None,
        prefix: Optional[str] = None,
        delimiter: Optional[str] = None,
        **kwargs: Any,
    ) -> Listing[Union[ObjectInfo, CommonPrefix]]:
        """As `mere.Reference.objects`, an async iterator."""
        return listing(
            self._client,
            entry_of,
            lambda sdk: sdk.objects_api.list_objects,
            record=records.entries,
            repository=self._repo_id,
            ref=self._id,
            max_amount=max_amount,
            after=after,
            prefix=prefix,
            delimiter=delimiter,
            **kwargs,
        )

    async def objects_table(
        self,
        max_amount: Optional[int] = None,
        after: Optional[str] = None,
        prefix: Optional[str] = None,
        delimiter: Optional[str] = None,
        **kwargs: Any,
    ) -> pyarrow.Table:
        """As `mere.Reference.objects_table`."""
        from mere._tables import ListingColumns

        columns = ListingColumns()
        async for page in pages(
            self._client,
            lambda sdk: sdk.objects_api.list_objects,
            repository=self._repo_id,
            ref=self._id,
            max_amount=max_amount,
            after=after,
            prefix=prefix,
            delimiter=delimiter,
            **kwargs,
        ):
            columns.add(page)
        return columns.table()

    async def read_many(
        self,
        paths: Iterable[Union[str, StoredObject]],
        *,
        concurrency: int = 16,
        on_error: str = "raise",
        progress: Optional[bool] = None,
    ) -> list[Any]:
        """As `mere.Reference.read_many`."""
        from mere import _bulk

        session = await self._client._native()
        return await _bulk.read_many(
            self,
            session.call_many_async,
            paths,
            concurrency=concurrency,
            on_error=on_error,
            progress=progress,
        )

    async def download(
        self,
        prefix: str,
        folder: Union[str, os.PathLike[str]],
        *,
        concurrency: int = 16,
        progress: Optional[bool] = None,
    ) -> int:
        """As `mere.Reference.download`."""
        from mere import _bulk

        paths = [entry.path async for entry in self.objects(prefix=prefix)]
        session = await self._client._native()
        return await _bulk.download(
            self,
            session.download_many_async,
            paths,
            prefix,
            folder,
            concurrency=concurrency,
            progress=progress,
        )

    def log(self, max_amount: Optional[int] = None, **kwargs: Any) -> Listing[Commit]:
        """As `mere.Reference.log`, an async iterator."""
        return listing(
            self._client,
            Commit._of,
            lambda sdk: sdk.refs_api.log_commits,
            self._repo_id,
            self._id,
            record=records.commits,
            max_amount=max_amount,
            **kwargs,
        )

    async def get_commit(self) -> Commit:
        """As `mere.Reference.get_commit`."""
        if self._commit is None:
            sdk = await self._client._sdk()
            with api_exception_handler():
                self._commit = Commit._of(await sdk.commits_api.get_commit(self._repo_id, self._id))
        return self._commit

    def diff(
        self,
        other_ref: RefLike,
        max_amount: Optional[int] = None,
        after: Optional[str] = None,
        prefix: Optional[str] = None,
        delimiter: Optional[str] = None,
        **kwargs: Any,
    ) -> Listing[Change]:
        """As `mere.Reference.diff`, an async iterator."""
        return listing(
            self._client,
            Change._of,
            lambda sdk: sdk.refs_api.diff_refs,
            record=records.changes,
            repository=self._repo_id,
            left_ref=self._id,
            right_ref=ref_id(other_ref),
            max_amount=max_amount,
            after=after,
            prefix=prefix,
            delimiter=delimiter,
            **kwargs,
        )

    async def merge_into(self, destination_branch: RefLike, **kwargs: Any) -> str:
        """As `mere.Reference.merge_into`."""
        from mere_sdk import Merge

        destination = ref_id(destination_branch)
        sdk = await self._client._sdk()
        try:
            with api_exception_handler():
                result = await sdk.refs_api.merge_into_branch(
                    self._repo_id, self._id, destination, merge=Merge(**kwargs)
                )
        except ConflictException as error:
            if not is_merge_conflict(error):
                raise
            changes = Reference(self._repo_id, destination, self._client).diff(self, CONFLICTS)
            found = [one.path async for one in changes if one.type == "conflict"]
            raise merge_conflict(error, self._id, destination, found) from error
        return str(result.reference)

    def object(self, path: str) -> StoredObject:
        """The object at a path; nothing is asked yet."""
        return StoredObject(self._repo_id, self._id, path, self._client)
