"""The whole API of a lake in one object, for asyncio."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mere_sdk.aio._streaming import Streams
from mere_sdk.aio._transaction import Transaction
from mere_sdk.aio.api_client import ApiClient
from mere_sdk.client import API_CLASSES, ensure_endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing_extensions import Self

    from mere_sdk.aio.api.actions_api import ActionsApi
    from mere_sdk.aio.api.auth_api import AuthApi
    from mere_sdk.aio.api.branches_api import BranchesApi
    from mere_sdk.aio.api.commits_api import CommitsApi
    from mere_sdk.aio.api.config_api import ConfigApi
    from mere_sdk.aio.api.experimental_api import ExperimentalApi
    from mere_sdk.aio.api.external_api import ExternalApi
    from mere_sdk.aio.api.health_check_api import HealthCheckApi
    from mere_sdk.aio.api.import_api import ImportApi
    from mere_sdk.aio.api.internal_api import InternalApi
    from mere_sdk.aio.api.metadata_api import MetadataApi
    from mere_sdk.aio.api.objects_api import ObjectsApi
    from mere_sdk.aio.api.pulls_api import PullsApi
    from mere_sdk.aio.api.refs_api import RefsApi
    from mere_sdk.aio.api.repositories_api import RepositoriesApi
    from mere_sdk.aio.api.staging_api import StagingApi
    from mere_sdk.aio.api.tags_api import TagsApi
    from mere_sdk.configuration import Configuration


class LakeFSClient(Streams):
    """All operations on a lake, by area, and streams and transactions; all of it awaitable.

    >>> async with LakeFSClient(Configuration(lake="./lake")) as client:
    ...     await client.repositories_api.list_repositories()
    """

    actions_api: ActionsApi
    auth_api: AuthApi
    branches_api: BranchesApi
    commits_api: CommitsApi
    config_api: ConfigApi
    experimental_api: ExperimentalApi
    external_api: ExternalApi
    health_check_api: HealthCheckApi
    import_api: ImportApi
    internal_api: InternalApi
    metadata_api: MetadataApi
    objects_api: ObjectsApi
    pulls_api: PullsApi
    refs_api: RefsApi
    repositories_api: RepositoriesApi
    staging_api: StagingApi
    tags_api: TagsApi

    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | None = None,
        cookie: str | None = None,
    ) -> None:
        """
        Args:
            configuration: Where the lake is and who asks; None: the default configuration. A host without
                a scheme gets `http://`, one without a path the path of the API.
            header_name: A header to send with every call.
            header_value: Its value.
            cookie: A cookie to send with every call.
        """
        self._api = ApiClient(ensure_endpoint(configuration), header_name, header_value, cookie)

    def __getattr__(self, name: str) -> Any:
        if name not in API_CLASSES:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        made = getattr(import_module(f"mere_sdk.aio.api.{name}"), API_CLASSES[name])(self._api)
        setattr(self, name, made)
        return made

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *API_CLASSES})

    def transaction(
        self,
        repository: str,
        branch: str,
        message: str,
        *,
        metadata: Mapping[str, str] | None = None,
        tag: str | None = None,
    ) -> Transaction:
        """As `mere_sdk.LakeFSClient.transaction`, for `async with`."""
        return Transaction(self, repository, branch, message, dict(metadata or {}), tag)

    async def close(self) -> None:
        """Closes the connections."""
        self._api.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
