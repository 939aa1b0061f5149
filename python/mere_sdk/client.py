"""The whole API of a lake in one object."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mere_sdk._sessions import split_host
from mere_sdk._streaming import Streams
from mere_sdk._transaction import Transaction
from mere_sdk.api_client import ApiClient

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing_extensions import Self

    from mere_sdk.api.actions_api import ActionsApi
    from mere_sdk.api.auth_api import AuthApi
    from mere_sdk.api.branches_api import BranchesApi
    from mere_sdk.api.commits_api import CommitsApi
    from mere_sdk.api.config_api import ConfigApi
    from mere_sdk.api.experimental_api import ExperimentalApi
    from mere_sdk.api.external_api import ExternalApi
    from mere_sdk.api.health_check_api import HealthCheckApi
    from mere_sdk.api.import_api import ImportApi
    from mere_sdk.api.internal_api import InternalApi
    from mere_sdk.api.metadata_api import MetadataApi
    from mere_sdk.api.objects_api import ObjectsApi
    from mere_sdk.api.pulls_api import PullsApi
    from mere_sdk.api.refs_api import RefsApi
    from mere_sdk.api.repositories_api import RepositoriesApi
    from mere_sdk.api.staging_api import StagingApi
    from mere_sdk.api.tags_api import TagsApi
    from mere_sdk.configuration import Configuration

API_CLASSES = {
    "actions_api": "ActionsApi",
    "auth_api": "AuthApi",
    "branches_api": "BranchesApi",
    "commits_api": "CommitsApi",
    "config_api": "ConfigApi",
    "experimental_api": "ExperimentalApi",
    "external_api": "ExternalApi",
    "health_check_api": "HealthCheckApi",
    "import_api": "ImportApi",
    "internal_api": "InternalApi",
    "metadata_api": "MetadataApi",
    "objects_api": "ObjectsApi",
    "pulls_api": "PullsApi",
    "refs_api": "RefsApi",
    "repositories_api": "RepositoriesApi",
    "staging_api": "StagingApi",
    "tags_api": "TagsApi",
}


class LakeFSClient(Streams):
    """All operations on a lake, by area, and streams and transactions.

    >>> client = LakeFSClient(Configuration(lake="./lake"))
    >>> client.repositories_api.list_repositories().results

    An api is made when it is first used.
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
        pool_threads: int = 1,
    ) -> None:
        """
        Args:
            configuration: Where the lake is and who asks; None: the default configuration. A host without
                a scheme gets `http://`, one without a path the path of the API.
            header_name: A header to send with every call.
            header_value: Its value.
            cookie: A cookie to send with every call.
            pool_threads: How many calls with `async_req=True` are under way at once.
        """
        self._api = ApiClient(
            ensure_endpoint(configuration), header_name, header_value, cookie, pool_threads
        )

    def __getattr__(self, name: str) -> Any:
        if name not in API_CLASSES:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        made = getattr(import_module(f"mere_sdk.api.{name}"), API_CLASSES[name])(self._api)
        setattr(self, name, made)
        return made

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *API_CLASSES})

    @staticmethod
    def _ensure_endpoint(configuration: Configuration | None) -> Configuration | None:
        return ensure_endpoint(configuration)

    def transaction(
        self,
        repository: str,
        branch: str,
        message: str,
        *,
        metadata: Mapping[str, str] | None = None,
        tag: str | None = None,
    ) -> Transaction:
        """All or nothing: what is written inside of `with` reaches the branch in one commit and one merge.

        >>> with client.transaction("repo", "main", "Load March") as tx:
        ...     client.objects_api.upload_object("repo", tx.branch, "march.csv", content=b"...")

        The writes go to `tx.branch`, a hidden branch that is deleted at the end. If the block raises,
        `branch` stays as it was; without any change there is no commit.

        Args:
            repository: The repository.
            branch: The branch that gets the changes.
            message: The message of the commit and of the merge.
            metadata: Metadata of both.
            tag: A tag to put on the merge.

        Raises:
            ApiException: The merge met a conflict, or a step failed.
        """
        return Transaction(self, repository, branch, message, dict(metadata or {}), tag)

    def close(self) -> None:
        """Closes the connections."""
        self._api.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def ensure_endpoint(configuration: Configuration | None) -> Configuration | None:
    """Completes the host of a configuration: its scheme and the path of the API."""
    if configuration is None or configuration.lake is not None:
        return configuration
    if not configuration.host or configuration.host.startswith("/"):
        return configuration
    if not configuration.host.startswith(("http://", "https://")):
        configuration.host = "http://" + configuration.host
    origin, path = split_host(configuration.host)
    if not path:
        configuration.host = origin + configuration.get_host_settings()[0]["url"]
    return configuration
