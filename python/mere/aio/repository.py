"""Repositories, for asyncio."""

from __future__ import annotations

from typing import Any, Optional

from mere._names import RepositoryName
from mere.aio._listing import Listing, listing
from mere.aio.branch import Branch
from mere.aio.client import Client, HasClient
from mere.aio.reference import Reference
from mere.aio.tag import Tag
from mere.exceptions import ConflictException, api_exception_handler
from mere.models import RepositoryProperties
from mere.repository import repository_creation


class Repository(RepositoryName, HasClient):
    """As `mere.Repository`."""

    def __init__(self, repository_id: str, client: Optional[Client] = None) -> None:
        self._id = repository_id
        super().__init__(client)

    async def create(
        self,
        storage_namespace: str,
        default_branch: str = "main",
        include_samples: bool = False,
        exist_ok: bool = False,
        **kwargs: Any,
    ) -> Repository:
        """As `mere.Repository.create`."""
        creation = repository_creation(
            self._id, storage_namespace, default_branch, include_samples, kwargs
        )
        sdk = await self._client._sdk()
        try:
            with api_exception_handler():
                made = await sdk.repositories_api.create_repository(creation, **kwargs)
        except ConflictException:
            if not exist_ok:
                raise
            with api_exception_handler():
                made = await sdk.repositories_api.get_repository(self._id)
        self._properties = RepositoryProperties._of(made)
        return self

    async def delete(self, **kwargs: Any) -> None:
        """As `mere.Repository.delete`."""
        sdk = await self._client._sdk()
        with api_exception_handler():
            await sdk.repositories_api.delete_repository(self._id, **kwargs)

    def branch(self, branch_id: str) -> Branch:
        """A branch by its name."""
        return Branch(self._id, branch_id, self._client)

    def commit(self, commit_id: str) -> Reference:
        """A commit by its id."""
        return Reference(self._id, commit_id, self._client)

    def ref(self, ref_id: str) -> Reference:
        """Any ref expression."""
        return Reference(self._id, ref_id, self._client)

    def tag(self, tag_id: str) -> Tag:
        """A tag by its name."""
        return Tag(self._id, tag_id, self._client)

    def branches(
        self,
        max_amount: Optional[int] = None,
        after: Optional[str] = None,
        prefix: Optional[str] = None,
        **kwargs: Any,
    ) -> Listing[Branch]:
        """As `mere.Repository.branches`, an async iterator."""
        return listing(
            self._client,
            lambda found: self.branch(found.id),
            lambda sdk: sdk.branches_api.list_branches,
            self._id,
            max_amount=max_amount,
            after=after,
            prefix=prefix,
            **kwargs,
        )

    def tags(
        self,
        max_amount: Optional[int] = None,
        after: Optional[str] = None,
        prefix: Optional[str] = None,
        **kwargs: Any,
    ) -> Listing[Tag]:
        """As `mere.Repository.tags`, an async iterator."""
        return listing(
            self._client,
            lambda found: self.tag(found.id),
            lambda sdk: sdk.tags_api.list_tags,
            self._id,
            max_amount=max_amount,
            after=after,
            prefix=prefix,
            **kwargs,
        )

    async def metadata(self) -> dict[str, str]:
        """The repository's metadata."""
        sdk = await self._client._sdk()
        with api_exception_handler():
            found: dict[str, str] = await sdk.repositories_api.get_repository_metadata(
                repository=self._id
            )
        return found

    async def properties(self) -> RepositoryProperties:
        """The repository's record, asked for once."""
        if self._properties is None:
            sdk = await self._client._sdk()
            with api_exception_handler():
                self._properties = RepositoryProperties._of(
                    await sdk.repositories_api.get_repository(self._id)
                )
        return self._properties


def repositories(
    client: Optional[Client] = None,
    prefix: Optional[str] = None,
    after: Optional[str] = None,
    **kwargs: Any,
) -> Listing[Repository]:
    """As `mere.repositories`, an async iterator."""
    known = Client() if client is None else client
    return listing(
        known,
        lambda found: Repository(found.id, known),
        lambda sdk: sdk.repositories_api.list_repositories,
        prefix=prefix,
        after=after,
        **kwargs,
    )
