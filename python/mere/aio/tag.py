"""Tags, for asyncio."""

from __future__ import annotations

from typing import Any, Optional

from mere._names import RefLike, ref_id
from mere.aio.client import Client
from mere.aio.reference import Reference
from mere.exceptions import ConflictException, api_exception_handler, of_source, unless


class Tag(Reference):
    """As `mere.Tag`."""

    def __init__(self, repository_id: str, tag_id: str, client: Optional[Client] = None) -> None:
        super().__init__(repository_id, reference_id=tag_id, client=client)

    async def create(
        self, source_ref: RefLike, exist_ok: Optional[bool] = False, **kwargs: Any
    ) -> Tag:
        """As `mere.Tag.create`."""
        from mere_sdk import TagCreation

        creation = TagCreation(id=self.id, ref=ref_id(source_ref))
        sdk = await self._client._sdk()
        source = f"lakefs://{self._repo_id}/{creation.ref}"
        handler = of_source(source, unless(ConflictException, bool(exist_ok)))
        with api_exception_handler(handler):
            await sdk.tags_api.create_tag(self._repo_id, creation, **kwargs)
        return self

    async def delete(self, **kwargs: Any) -> None:
        """As `mere.Tag.delete`."""
        sdk = await self._client._sdk()
        with api_exception_handler():
            await sdk.tags_api.delete_tag(self._repo_id, self.id, **kwargs)
        self._commit = None
