"""The client: one connection pool to a server, or one open lake, with the configuration behind
it.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Optional

from mere._names import suggested_namespace
from mere.auth import access_token_from_aws_iam_role, new_aws_session
from mere.config import ClientConfig
from mere.exceptions import NotAuthorizedException, ServerException, api_exception_handler
from mere.models import ServerStorageConfiguration

if TYPE_CHECKING:
    import datetime

    import boto3
    from mere_sdk import Config
    from mere_sdk.client import LakeFSClient

    from mere._listing import Listing
    from mere._pipeline import Pipeline
    from mere.repository import Repository

SINGLE_STORAGE_ID = ""
CLIENT_HEADER = "X-Lakefs-Client"
CLIENT_NAME = "python-mere"


class StorageTable:
    """What the server told of its version and storages."""

    def __init__(self, conf: Config) -> None:
        self._version = (
            (conf.version_config.version or "") if conf.version_config is not None else ""
        )
        self._storages: dict[str, ServerStorageConfiguration] = {}
        for storage in conf.storage_config_list or ():
            self._storages[storage.blockstore_id or SINGLE_STORAGE_ID] = (
                ServerStorageConfiguration._of(storage)
            )
        self.several = bool(self._storages)
        if conf.storage_config is not None:
            self._storages[SINGLE_STORAGE_ID] = ServerStorageConfiguration._of(conf.storage_config)

    @property
    def version(self) -> str:
        """The server's version, "" if it did not tell."""
        return self._version

    @property
    def storage_config(self) -> ServerStorageConfiguration:
        """The default storage."""
        return self.storage_config_by_id()

    def storage_config_by_id(
        self, storage_id: str = SINGLE_STORAGE_ID
    ) -> ServerStorageConfiguration:
        """One of the storages. Raises KeyError if the server has none of that id."""
        return self._storages[storage_id]


class ServerConfiguration(StorageTable):
    """The server's configuration, asked for once."""

    def __init__(self, client: Client) -> None:
        try:
            with api_exception_handler():
                conf = client.sdk_client.config_api.get_config()
        except ServerException as error:
            raise configuration_refused(error) from error
        super().__init__(conf)


def configuration_refused(error: ServerException) -> ServerException:
    """Who may not ask for the configuration may do nothing: what callers expect as
    NotAuthorizedException.
    """
    if (
        isinstance(error, NotAuthorizedException)
        or error.status_code is None
        or error.status_code >= 500
    ):
        return error
    return NotAuthorizedException(error.status_code, error.reason)


class ClientState:
    """The configuration, the generated client below, and when its token is renewed: what Client and
    its async twin share.
    """

    _conf: ClientConfig
    _reset_token_time: Optional[datetime.datetime] = None
    _aws_session: Optional[boto3.Session] = None

    @property
    def config(self) -> ClientConfig:
        """The configuration."""
        return self._conf

    @property
    def reset_time(self) -> Optional[datetime.datetime]:
        """When a role's token is renewed."""
        return self._reset_token_time

    @reset_time.setter
    def reset_time(self, time: datetime.datetime) -> None:
        self._reset_token_time = time

    def _provider(self) -> Optional[ClientConfig.AWSIAMProviderConfig]:
        """The role that vouches for the client, if one does."""
        provider = self._conf.iam_provider
        if (
            provider is None
            or self._aws_session is None
            or provider.type is not ClientConfig.ProviderType.AWS_IAM
        ):
            return None
        return provider.aws_iam

    def _token_is_due(self) -> bool:
        import datetime

        due = self._reset_token_time
        return (
            due is not None
            and datetime.datetime.now(datetime.timezone.utc) >= due
            and self._conf.get_auth_type() is ClientConfig.AuthType.IAM
        )

    def _host_name(self) -> Optional[str]:
        from urllib.parse import urlparse

        return urlparse(self._conf.host).hostname

    def __repr__(self) -> str:
        return f'Client("{self._conf.lake or self._conf.host}")'


class Client(ClientState):
    """Reaches one lake: a server (`host`, `username`, `password`, `access_token`), or a folder
    (`lake`).

        client = Client(host="http://127.0.0.1:8000", username="<key id>", password="<secret key>")
        client = Client(lake="./lake")

    Without arguments the environment and the configuration file are asked, see ClientConfig.
    Nothing is sent before it is needed. A client may be used by several threads.
    """

    _server_conf: Optional[ServerConfiguration]

    def __init__(self, **kwargs: Any) -> None:
        from mere_sdk.client import LakeFSClient

        self._conf = ClientConfig(**kwargs)
        self._client: LakeFSClient = LakeFSClient(
            self._conf, header_name=CLIENT_HEADER, header_value=CLIENT_NAME
        )
        self._server_conf = None
        self._pipelines: list[Pipeline] = []  # of the transactions that are open
        if self._conf.get_auth_type() is ClientConfig.AuthType.IAM:
            self._aws_session = new_aws_session()
            self._log_in_with_role()

    def _log_in_with_role(self) -> None:
        settings = self._provider()
        if settings is not None and self._aws_session is not None:
            self._conf.access_token, self._reset_token_time = access_token_from_aws_iam_role(
                self._client, self._host_name(), self._aws_session, settings
            )

    @property
    def sdk_client(self) -> LakeFSClient:
        """The generated client below: every operation of the API. An expiring role's token is
        renewed first.
        """
        if (
            self._pipelines
        ):  # uploads of a transaction that are still under way must be seen by what comes next
            for pipeline in tuple(self._pipelines):
                pipeline.wait()
        return self._sdk_without_waiting()

    def _sdk_without_waiting(self) -> LakeFSClient:
        if self._reset_token_time is not None and self._token_is_due():
            self._log_in_with_role()
        return self._client

    def repository(self, repository_id: str) -> Repository:
        """A repository of this lake by its name; nothing is asked before it is needed."""
        from mere.repository import Repository

        return Repository(repository_id, self)

    def create_repository(
        self,
        repository_id: str,
        storage_namespace: Optional[str] = None,
        default_branch: str = "main",
        include_samples: bool = False,
        exist_ok: bool = False,
        **kwargs: Any,
    ) -> Repository:
        """Makes a repository, see Repository.create. Without `storage_namespace` its data lies
        below the prefix that the server suggests; raises ValueError if it suggests none.
        """
        if storage_namespace is None:
            storage = self.storage_config_by_id(kwargs.get("storage_id", SINGLE_STORAGE_ID))
            storage_namespace = suggested_namespace(storage, repository_id)
        return self.repository(repository_id).create(
            storage_namespace, default_branch, include_samples, exist_ok, **kwargs
        )

    def repositories(
        self, prefix: Optional[str] = None, after: Optional[str] = None, **kwargs: Any
    ) -> Listing[Repository]:
        """The lake's repositories in the order of their names, those whose names begin with
        `prefix` and come after `after`.
        """
        from mere.repository import repositories

        return repositories(self, prefix, after, **kwargs)

    @property
    def storage_config(self) -> ServerStorageConfiguration:
        """The server's default storage, asked for once."""
        return self.storage_config_by_id()

    def storage_config_by_id(
        self, storage_id: str = SINGLE_STORAGE_ID
    ) -> ServerStorageConfiguration:
        """One of the server's storages, asked for once."""
        return self._server().storage_config_by_id(storage_id)

    @property
    def version(self) -> str:
        """The server's version, asked for once."""
        return self._server().version

    def close(self) -> None:
        """Ends the connections, or lets go of the lake. The client cannot be used afterwards."""
        self._client.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _server(self) -> ServerConfiguration:
        if self._server_conf is None:
            self._server_conf = ServerConfiguration(self)
        return self._server_conf

    def _has_several_storages(self) -> bool:
        return self._server().several


def session_of(sdk_client: Any) -> Any:
    """The native session below a generated client."""
    return sdk_client.objects_api.api_client.session


def from_aws_role(
    session: boto3.Session,
    ttl_seconds: int = 3600,
    presigned_ttl: int = 60,
    additional_headers: Optional[dict[str, str]] = None,
    **kwargs: Any,
) -> Client:
    """A client that is logged in with the AWS role of a boto3 session.

    `ttl_seconds` is how long the token lives, `presigned_ttl` how long the proof of identity can be
    used; `additional_headers` are signed with it. The rest are the arguments of Client.
    """
    client = Client(**kwargs)
    settings = ClientConfig.AWSIAMProviderConfig(
        token_ttl_seconds=ttl_seconds,
        url_presign_ttl_seconds=presigned_ttl,
        token_request_headers=additional_headers,
    )
    token, renewal = access_token_from_aws_iam_role(
        client.sdk_client, client._host_name(), session, settings
    )
    client.config.access_token = token
    client.reset_time = renewal
    return client


def from_web_identity(
    code: str, state: str, redirect_uri: str, ttl_seconds: int = 3600, **kwargs: Any
) -> Client:
    """A client that is logged in with the code that an identity provider answered with.

    `code`, `state` and `redirect_uri` are those of that login, `ttl_seconds` is how long the token
    lives; the rest are the arguments of Client. Raises NotAuthorizedException if the server does
    not accept the code.
    """
    from mere_sdk import StsAuthRequest

    client = Client(**kwargs)
    request = StsAuthRequest(
        code=code, state=state, redirect_uri=redirect_uri, ttl_seconds=ttl_seconds
    )
    with api_exception_handler():
        token = client.sdk_client.experimental_api.sts_login(request)
    client.config.access_token = token.token
    return client


class _BaseLakeFSObject:
    """What has a client. Without one of its own it uses the default client, which is made when
    first needed.
    """

    __mutex: Lock = Lock()
    __default: Optional[Client] = None

    def __init__(self, client: Optional[Client]) -> None:
        self.__client = client

    @property
    def _client(self) -> Client:
        if self.__client is not None:
            return self.__client
        with _BaseLakeFSObject.__mutex:
            if _BaseLakeFSObject.__default is None:
                _BaseLakeFSObject.__default = Client()
            return _BaseLakeFSObject.__default
