"""Where the lake is and how to log in: arguments, environment, ~/.lakectl.yaml."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from enum import Enum
from typing import Any, Optional

from mere_sdk import Configuration

from mere.exceptions import (
    InvalidEnvVarFormat,
    NoAuthenticationFound,
    UnsupportedCredentialsProviderType,
)
from mere.namedtuple import LenientNamedTuple

_LAKECTL_YAML_PATH = os.path.join(os.path.expanduser("~"), ".lakectl.yaml")
_LAKECTL_CONFIG_FILE_ENV = "LAKECTL_CONFIG_FILE"
_LAKECTL_ENDPOINT_URL_ENV = "LAKECTL_SERVER_ENDPOINT_URL"
_LAKECTL_ACCESS_KEY_ID_ENV = "LAKECTL_CREDENTIALS_ACCESS_KEY_ID"
_LAKECTL_SECRET_ACCESS_KEY_ENV = "LAKECTL_CREDENTIALS_SECRET_ACCESS_KEY"
_LAKECTL_CREDENTIALS_SESSION_TOKEN = "LAKECTL_CREDENTIALS_SESSION_TOKEN"
_LAKECTL_CREDENTIALS_PROVIDER_TYPE = "LAKECTL_CREDENTIALS_PROVIDER_TYPE"
_LAKECTL_AWS_IAM = "LAKECTL_CREDENTIALS_PROVIDER_AWS_IAM_"
_LAKE_ENV = "MERE_LAKE"

_PREFIXES = ("MERE_", "LAKECTL_", "LAKEFS_")  # the first that is set wins

_DEFAULT_IAM_TOKEN_TTL_SECONDS = 3600
_DEFAULT_IAM_URL_PRESIGN_TTL_SECONDS = 60

TOKEN_TTL_SECONDS_CONFIG = "token_ttl_seconds"
URL_PRESIGN_TTL_SECONDS_CONFIG = "url_presign_ttl_seconds"
TOKEN_REQUEST_HEADERS_CONFIG = "token_request_headers"

AWS_IAM_PROVIDER_TYPE = "aws_iam"
SUPPORTED_IAM_PROVIDERS = [AWS_IAM_PROVIDER_TYPE]


class ClientConfig(Configuration):
    """The configuration of a Client.

    With keyword arguments (those of `mere_sdk.Configuration`, `lake` for a folder among them)
    nothing else is looked at. Without any, in this order:

    1. `MERE_LAKE`: the lake in that folder, in this process; no credentials are needed.
    2. `MERE_SERVER_ENDPOINT_URL`, `MERE_CREDENTIALS_ACCESS_KEY_ID`,
    `MERE_CREDENTIALS_SECRET_ACCESS_KEY`, or
       `MERE_CREDENTIALS_SESSION_TOKEN` alone; the same with `LAKECTL_` or `LAKEFS_` in front.
    3. The file that `MERE_CONFIG_FILE` or `LAKECTL_CONFIG_FILE` names, else `~/.lakectl.yaml`.
    4. An AWS role, where environment or file name the provider `aws_iam`.
    """

    class Server(LenientNamedTuple):
        """The block `server` of the file."""

        endpoint_url: str

    class Credentials(LenientNamedTuple):
        """The block `credentials` of the file."""

        access_key_id: str
        secret_access_key: str

    class AuthType(Enum):
        """How the client logs in."""

        SESSION_TOKEN = 1
        CREDENTIALS = 2
        IAM = 3

    class ProviderType(Enum):
        """Who vouches for the client."""

        AWS_IAM = "aws_iam"
        UNKNOWN = "unknown"

    @dataclass
    class AWSIAMProviderConfig:
        """How to log in with an AWS role."""

        token_ttl_seconds: int
        url_presign_ttl_seconds: int
        token_request_headers: Optional[dict[str, str]]

    @dataclass
    class IAMProvider:
        """A provider and its settings."""

        type: ClientConfig.ProviderType
        aws_iam: ClientConfig.AWSIAMProviderConfig

    server = Server(endpoint_url="")
    credentials: Optional[Credentials] = Credentials(access_key_id="", secret_access_key="")
    username: Optional[str] = None
    password: Optional[str] = None
    access_token: Optional[str] = None
    _iam_provider: Optional[IAMProvider] = None

    def __init__(
        self, verify_ssl: Optional[bool] = None, proxy: Optional[str] = None, **kwargs: Any
    ) -> None:
        lake = None if kwargs else os.getenv(_LAKE_ENV)
        super().__init__(**(kwargs if lake is None else {"lake": lake}))
        if verify_ssl is not None:
            self.verify_ssl = verify_ssl
        if proxy is not None:
            self.proxy = proxy
        if kwargs or lake is not None:
            return
        self._load_from_config_file()
        self._load_from_environment()
        if not self._has_valid_authentication():
            raise NoAuthenticationFound(
                "no credentials: give host, username and password (or lake, a folder), set MERE_LAKE "
                "or MERE_SERVER_ENDPOINT_URL and MERE_CREDENTIALS_…, or write ~/.lakectl.yaml"
            )

    def get_auth_type(self) -> Optional[AuthType]:
        """How the client logs in. A role's token is an `access_token` too, so roles are looked for
        first.
        """
        if self._iam_provider is not None:
            return ClientConfig.AuthType.IAM
        if self.access_token is not None:
            return ClientConfig.AuthType.SESSION_TOKEN
        if self.credentials is not None:
            return ClientConfig.AuthType.CREDENTIALS
        return None

    @property
    def iam_provider(self) -> Optional[IAMProvider]:
        """The provider that vouches for the client, if one does."""
        return self._iam_provider

    def _load_from_config_file(self) -> None:
        settings = _read_file(_env("CONFIG_FILE") or _LAKECTL_YAML_PATH)
        if settings is None:
            return
        if isinstance(settings.get("server"), dict):
            self.server = ClientConfig.Server(**settings["server"])
        credentials = settings.get("credentials")
        if not isinstance(credentials, dict):
            return
        if "access_key_id" in credentials and "secret_access_key" in credentials:
            self.credentials = ClientConfig.Credentials(**credentials)
            self.username = self.credentials.access_key_id
            self.password = self.credentials.secret_access_key
        else:
            self._iam_provider = _provider_of_file(credentials.get("provider"))

    def _load_from_environment(self) -> None:
        self.host = _env("SERVER_ENDPOINT_URL") or self.server.endpoint_url
        token = _env("CREDENTIALS_SESSION_TOKEN")
        if token is not None:
            self.access_token = token
            self.username = self.password = self.credentials = self._iam_provider = None
            return
        for prefix in _PREFIXES:  # a pair is taken from one family, never mixed
            key = os.getenv(f"{prefix}CREDENTIALS_ACCESS_KEY_ID")
            secret = os.getenv(f"{prefix}CREDENTIALS_SECRET_ACCESS_KEY")
            if key is not None and secret is not None:
                self.username, self.password = key, secret
                self.credentials = ClientConfig.Credentials(
                    access_key_id=key, secret_access_key=secret
                )
                self._iam_provider = None
                return
        if self.username is None or self.password is None:
            self._iam_provider = _provider_of_environment(self._iam_provider)

    def _has_valid_authentication(self) -> bool:
        return (
            self.access_token is not None
            or bool(self.username and self.password)
            or self._iam_provider is not None
        )


def _env(name: str) -> Optional[str]:
    return next(
        (os.environ[prefix + name] for prefix in _PREFIXES if prefix + name in os.environ), None
    )


def _read_file(path: str | os.PathLike[str]) -> Optional[dict[str, Any]]:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return None
    import yaml

    settings = yaml.safe_load(text)
    return settings if isinstance(settings, dict) else None


def _provider_of_file(provider: Any) -> Optional[ClientConfig.IAMProvider]:
    kind = provider.get("type") if isinstance(provider, dict) else None
    if kind is None:
        return None
    if kind not in SUPPORTED_IAM_PROVIDERS:
        raise UnsupportedCredentialsProviderType(kind)
    settings = provider.get(kind)
    if not isinstance(settings, dict):
        return None
    return ClientConfig.IAMProvider(
        ClientConfig.ProviderType.AWS_IAM,
        ClientConfig.AWSIAMProviderConfig(
            _seconds(settings.get(TOKEN_TTL_SECONDS_CONFIG), _DEFAULT_IAM_TOKEN_TTL_SECONDS),
            _seconds(
                settings.get(URL_PRESIGN_TTL_SECONDS_CONFIG), _DEFAULT_IAM_URL_PRESIGN_TTL_SECONDS
            ),
            settings.get(TOKEN_REQUEST_HEADERS_CONFIG),
        ),
    )


def _seconds(value: Any, default: int) -> int:
    try:
        return default if value is None else int(value)
    except (ValueError, TypeError):
        return default


def _provider_of_environment(
    found: Optional[ClientConfig.IAMProvider],
) -> Optional[ClientConfig.IAMProvider]:
    """The provider that the environment names, its settings above those of the file."""
    kind = _env("CREDENTIALS_PROVIDER_TYPE")
    if kind is None:
        return found
    if kind not in SUPPORTED_IAM_PROVIDERS:
        raise UnsupportedCredentialsProviderType(kind)
    base = (
        found.aws_iam
        if found is not None
        else ClientConfig.AWSIAMProviderConfig(
            _DEFAULT_IAM_TOKEN_TTL_SECONDS, _DEFAULT_IAM_URL_PRESIGN_TTL_SECONDS, None
        )
    )
    return ClientConfig.IAMProvider(
        ClientConfig.ProviderType.AWS_IAM,
        ClientConfig.AWSIAMProviderConfig(
            _env_seconds("TOKEN_TTL_SECONDS", base.token_ttl_seconds),
            _env_seconds("PRESIGNED_URL_TTL_SECONDS", base.url_presign_ttl_seconds),
            _env_headers(base.token_request_headers),
        ),
    )


def _env_seconds(name: str, default: int) -> int:
    text = _env(f"CREDENTIALS_PROVIDER_AWS_IAM_{name}")
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        raise InvalidEnvVarFormat(f"…_AWS_IAM_{name} is no number of seconds: {text!r}") from None


def _env_headers(default: Optional[dict[str, str]]) -> Optional[dict[str, str]]:
    text = _env("CREDENTIALS_PROVIDER_AWS_IAM_TOKEN_REQUEST_HEADERS")
    if text is None:
        return default
    try:
        headers = json.loads(text)
    except ValueError:
        headers = None
    if not isinstance(headers, dict):
        raise InvalidEnvVarFormat(f"…_AWS_IAM_TOKEN_REQUEST_HEADERS is no JSON object: {text!r}")
    return headers
