"""Repositories."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, Optional

from mere._listing import Listing
from mere._names import RepositoryName
from mere.branch import Branch
from mere.client import Client, _BaseLakeFSObject
from mere.exceptions import ConflictException, LakeFSException, api_exception_handler
from mere.models import RepositoryProperties
from mere.reference import Reference, listing
from mere.tag import Tag

if TYPE_CHECKING:
    from mere_sdk import RepositoryCreation


class Repository(RepositoryName, _BaseLakeFSObject):
    """A repository by its name; nothing is asked before it is needed."""

    def __init__(self, repository_id: str, client: Optional[Client] = None) -> None:
        self._id = repository_id
        super().__init__(client)

    def create(
        self,
        storage_namespace: str,
        default_branch: str = "main",
        include_samples: bool = False,
        exist_ok: bool = False,
        **kwargs: Any,
    ) -> Repository:
        """Makes the repository.

        `storage_namespace` is the address below which its data will lie, `include_samples` adds
        sample data, `exist_ok` takes one of that name as it is. Raises ConflictException,
        NotAuthorizedException.
        """
        creation = repository_creation(
            self._id, storage_namespace, default_branch, include_samples, kwargs
        )

        def taken(error: LakeFSException) -> Optional[LakeFSException]:
            if not (exist_ok and isinstance(error, ConflictException)):
                return error
            with api_exception_handler():
                found = self._client.sdk_client.repositories_api.get_repository(self._id)
            self._properties = RepositoryProperties._of(found)
            return None

        with api_exception_handler(taken):
            made = self._client.sdk_client.repositories_api.create_repository(creation, **kwargs)
            self._properties = RepositoryProperties._of(made)
        return self

    def delete(self, **kwargs: Any) -> None:
        """Raises NotFoundException, NotAuthorizedException."""
        with api_exception_handler():
            self._client.sdk_client.repositories_api.delete_repository(self._id, **kwargs)

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
        """The branches by name. Raises NotFoundException, NotAuthorizedException."""
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
        """The tags by name. Raises NotFoundException, NotAuthorizedException."""
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

    @property
    def metadata(self) -> dict[str, str]:
        """The repository's metadata."""
        with api_exception_handler():
            found: dict[str, str] = (
                self._client.sdk_client.repositories_api.get_repository_metadata(
                    repository=self._id
                )
            )
        return found

    @property
    def properties(self) -> RepositoryProperties:
        """The repository's record, asked for once."""
        if self._properties is None:
            with api_exception_handler():
                found = self._client.sdk_client.repositories_api.get_repository(self._id)
            self._properties = RepositoryProperties._of(found)
        return self._properties


def repository_creation(
    name: str,
    storage_namespace: str,
    default_branch: str,
    include_samples: bool,
    kwargs: dict[str, Any],
) -> RepositoryCreation:
    """The request that makes a repository; takes out of `kwargs` what belongs into it."""
    from mere_sdk import RepositoryCreation

    fields = {key: kwargs.pop(key) for key in ("storage_id", "read_only") if key in kwargs}
    return RepositoryCreation(
        name=name,
        storage_namespace=storage_namespace,
        default_branch=default_branch,
        sample_data=include_samples,
        **fields,
    )


def repositories(
    client: Optional[Client] = None,
    prefix: Optional[str] = None,
    after: Optional[str] = None,
    **kwargs: Any,
) -> Listing[Repository]:
    """The repositories by name, of a new default client if none is given."""
    known = Client() if client is None else client
    return listing(
        known,
        lambda found: Repository(found.id, known),
        lambda sdk: sdk.repositories_api.list_repositories,
        prefix=prefix,
        after=after,
        **kwargs,
    )


class _CallableModule(ModuleType):
    """`mere.repository` is the name of this module and of a function; so the module can be
    called.
    """

    def __call__(self, repository_id: str, *args: Any, **kwargs: Any) -> Repository:
        return Repository(repository_id, *args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule
