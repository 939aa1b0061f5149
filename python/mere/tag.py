"""Tags: names of commits that do not move."""

from __future__ import annotations

from typing import Any, Optional

from mere.client import Client
from mere.exceptions import ConflictException, api_exception_handler, of_source, unless
from mere.reference import Reference, ReferenceType, ref_id


class Tag(Reference):
    """A tag of a repository."""

    def __init__(self, repository_id: str, tag_id: str, client: Optional[Client] = None) -> None:
        super().__init__(repository_id, reference_id=tag_id, client=client)

    def create(
        self, source_ref: ReferenceType, exist_ok: Optional[bool] = False, **kwargs: Any
    ) -> Tag:
        """Makes the tag; with `exist_ok` one that exists stays as it is.

        Raises ConflictException, NotFoundException, NotAuthorizedException.
        """
        from mere_sdk import TagCreation

        creation = TagCreation(id=self.id, ref=ref_id(source_ref))
        source = f"lakefs://{self._repo_id}/{creation.ref}"
        handler = of_source(source, unless(ConflictException, bool(exist_ok)))
        with api_exception_handler(handler):
            self._client.sdk_client.tags_api.create_tag(self._repo_id, creation, **kwargs)
        return self

    def delete(self, **kwargs: Any) -> None:
        """Raises NotFoundException, NotAuthorizedException."""
        with api_exception_handler():
            self._client.sdk_client.tags_api.delete_tag(self._repo_id, self.id, **kwargs)
            self._commit = None
