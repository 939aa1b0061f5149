"""The client for asyncio."""

from __future__ import annotations

import asyncio
from threading import Lock
from typing import TYPE_CHECKING, Any, Optional

from mere._names import suggested_namespace
from mere.auth import login_information, new_aws_session, renewal_time
from mere.client import (
    CLIENT_HEADER,
    CLIENT_NAME,
    SINGLE_STORAGE_ID,
    ClientState,
    StorageTable,
    configuration_refused,
    session_of,
)
from mere.config import ClientConfig
from mere.exceptions import ServerException, api_exception_handler
from mere.models import ServerStorageConfiguration

if TYPE_CHECKING:
    import boto3
    from mere_sdk.aio.client import LakeFSClient

    from mere.aio._listing import Listing
    from mere.aio._pipeline import Pipeline
    from mere.aio.repository import Repository


class Client(ClientState):
    """As `mere.Client`. Nothing is sent before something is awaited."""

    def __init__(self, **kwargs: Any) -> None:
        from mere_sdk.aio.client import LakeFSClient

        self._conf = ClientConfig(**kwargs)
        self._client: LakeFSClient = LakeFSClient(
            self._conf, header_name=CLIENT_HEADER, header_value=CLIENT_NAME
        )
        self._storages: Optional[StorageTable] = None
        self._pipelines: list[Pipeline] = []  # of the transactions that are open
        self._role_login: Optional[asyncio.Lock] = None
        if self._conf.get_auth_type() is ClientConfig.AuthType.IAM:
            self._role_login = asyncio.Lock()

    @property
    def sdk_client(self) -> LakeFSClient:
        """The generated client below: every operation of the API.

        It is as it is: uploads of an open transaction are not waited for, and a role's token is not
        renewed.
        """
        return self._client

    def repository(self, repository_id: str) -> Repository:
        """As `mere.Client.repository`."""
        from mere.aio.repository import Repository

        return Repository(repository_id, self)

    async def create_repository(
        self,
        repository_id: str,
        storage_namespace: Optional[str] = None,
        default_branch: str = "main",
        include_samples: bool = False,
        exist_ok: bool = False,
        **kwargs: Any,
    ) -> Repository:
        """As `mere.Client.create_repository`."""
        if storage_namespace is None:
            storage = await self.storage_config_by_id(kwargs.get("storage_id", SINGLE_STORAGE_ID))
            storage_namespace = suggested_namespace(storage, repository_id)
        return await self.repository(repository_id).create(
            storage_namespace, default_branch, include_samples, exist_ok, **kwargs
        )

    def repositories(
        self, prefix: Optional[str] = None, after: Optional[str] = None, **kwargs: Any
    ) -> Listing[Repository]:
        """As `mere.Client.repositories`, an async iterator."""
        from mere.aio.repository import repositories

        return repositories(self, prefix, after, **kwargs)

    async def _sdk(self) -> LakeFSClient:
        """The generated client, once what is under way in transactions has ended."""
        for pipeline in tuple(self._pipelines):
            await pipeline.wait()
        return await self._sdk_without_waiting()

    async def _sdk_without_waiting(self) -> LakeFSClient:
        if self._role_login is not None and (
            self._reset_token_time is None or self._token_is_due()
        ):
            async with self._role_login:
                if self._reset_token_time is None or self._token_is_due():
                    await self._log_in_with_role()
        return self._client

    async def _native(self) -> Any:
        return session_of(await self._sdk())

    async def _log_in_with_role(self) -> None:
        if self._aws_session is None:
            self._aws_session = new_aws_session()
        settings = self._provider()
        if settings is not None:
            await self._log_in(self._aws_session, settings)

    async def _log_in(
        self, session: boto3.Session, settings: ClientConfig.AWSIAMProviderConfig
    ) -> None:
        login = await asyncio.to_thread(login_information, self._host_name(), session, settings)
        with api_exception_handler():
            token = await self._client.auth_api.external_principal_login(login)
        self._conf.access_token, self._reset_token_time = token.token, renewal_time(settings)

    async def storage_config(self) -> ServerStorageConfiguration:
        """The server's default storage, asked for once."""
        return await self.storage_config_by_id()

    async def storage_config_by_id(
        self, storage_id: str = SINGLE_STORAGE_ID
    ) -> ServerStorageConfiguration:
        """One of the server's storages, asked for once."""
        return (await self._server()).storage_config_by_id(storage_id)

    async def version(self) -> str:
        """The server's version, asked for once."""
        return (await self._server()).version

    async def _server(self) -> StorageTable:
        if self._storages is None:
            sdk = await self._sdk_without_waiting()
            try:
                with api_exception_handler():
                    self._storages = StorageTable(await sdk.config_api.get_config())
            except ServerException as error:
                raise configuration_refused(error) from error
        return self._storages

    async def close(self) -> None:
        """Ends the connections, or lets go of the lake. The client cannot be used afterwards."""
        await self._client.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def from_aws_role(
    session: boto3.Session,
    ttl_seconds: int = 3600,
    presigned_ttl: int = 60,
    additional_headers: Optional[dict[str, str]] = None,
    **kwargs: Any,
) -> Client:
    """As `mere.client.from_aws_role`."""
    client = Client(**kwargs)
    await client._log_in(
        session,
        ClientConfig.AWSIAMProviderConfig(
            token_ttl_seconds=ttl_seconds,
            url_presign_ttl_seconds=presigned_ttl,
            token_request_headers=additional_headers,
        ),
    )
    return client


async def from_web_identity(
    code: str, state: str, redirect_uri: str, ttl_seconds: int = 3600, **kwargs: Any
) -> Client:
    """As `mere.client.from_web_identity`."""
    from mere_sdk import StsAuthRequest

    client = Client(**kwargs)
    request = StsAuthRequest(
        code=code, state=state, redirect_uri=redirect_uri, ttl_seconds=ttl_seconds
    )
    with api_exception_handler():
        token = await client.sdk_client.experimental_api.sts_login(request)
    client.config.access_token = token.token
    return client


class HasClient:
    """What has a client. Without one of its own it uses the default client, which is made when
    first needed.
    """

    _mutex = Lock()
    _default: Optional[Client] = None

    def __init__(self, client: Optional[Client]) -> None:
        self._own_client = client

    @property
    def _client(self) -> Client:
        if self._own_client is not None:
            return self._own_client
        with HasClient._mutex:
            if HasClient._default is None:
                HasClient._default = Client()
            return HasClient._default
