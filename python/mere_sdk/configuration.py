"""What a client is told: where the lake is, who asks, how connections are made."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from mere_sdk._watched import WatchedDict

if TYPE_CHECKING:
    import logging
    from typing_extensions import Self

JSON_SCHEMA_VALIDATION_KEYWORDS = {
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
}

_BASE_PATH = "/api/v1"


class Configuration:
    """Settings of a client. They may be changed at any time and hold from the next call on.

    Attributes:
        host: The lake's address up to the base path: `http://127.0.0.1:8000/api/v1`.
        lake: A folder that is opened in this process instead of an address.
        username: The access key's id.
        password: The secret access key.
        access_token: A token, which is sent instead of the key.
        api_key: `{"cookie_auth": cookie}` logs in by a cookie.
        api_key_prefix: What comes before a key of `api_key`, by the same name.
        refresh_api_key_hook: Called with the configuration before a key of `api_key` is used.
        verify_ssl: Whether the server's certificate is checked.
        ssl_ca_cert: A file of certificates to trust, PEM.
        cert_file: The client's certificate, PEM.
        key_file: Its key, PEM.
        tls_server_name: The name that the server's certificate must be for, if not the host's.
        proxy: The address of an HTTP proxy.
        connection_pool_maxsize: How many connections are open at most.
        retries: How often what is safe to repeat is sent again; None: three times.
        timeout: Seconds until the head of an answer is there.
        connect_timeout: Seconds until a connection is there.
        temp_folder_path: Where answers that are files are put; None: where the system puts such files.
        debug: Whether the package's log says everything.
        logger_file: A file for the log.
        logger_format: How its lines look.
    """

    _default: ClassVar[Configuration | None] = None
    _changed: object  # another one after each change

    def __init__(
        self,
        host: str | None = None,
        api_key: Mapping[str, str] | None = None,
        api_key_prefix: Mapping[str, str] | None = None,
        username: str | None = None,
        password: str | None = None,
        access_token: str | None = None,
        server_index: int | None = None,
        server_variables: Mapping[str, str] | None = None,
        server_operation_index: Mapping[str, int] | None = None,
        server_operation_variables: Mapping[str, Mapping[str, str]] | None = None,
        ssl_ca_cert: str | None = None,
        *,
        lake: str | os.PathLike[str] | None = None,
    ) -> None:
        self._base_path = _BASE_PATH if host is None else host
        self.lake = None if lake is None else os.fspath(lake)
        self.server_index = 0 if server_index is None and host is None else server_index
        self.server_operation_index = dict(server_operation_index or {})
        self.server_variables = dict(server_variables or {})
        self.server_operation_variables = dict(server_operation_variables or {})
        self.temp_folder_path: str | None = None

        self.api_key = dict(api_key or {})
        self.api_key_prefix = dict(api_key_prefix or {})
        self.refresh_api_key_hook: Callable[[Configuration], object] | None = None
        self.username = username
        self.password = password
        self.access_token = access_token

        self.verify_ssl = True
        self.ssl_ca_cert = ssl_ca_cert
        self.cert_file: str | None = None
        self.key_file: str | None = None
        self.assert_hostname: bool | str | None = None
        self.tls_server_name: str | None = None
        self.connection_pool_maxsize = (os.cpu_count() or 1) * 5
        self.proxy: str | None = None
        self.proxy_headers: Mapping[str, str] | None = None
        self.socket_options: Sequence[Any] | None = None
        self.retries: Any = None
        self.timeout = 600.0
        self.connect_timeout = 10.0

        self.safe_chars_for_path_param = ""
        self.client_side_validation = True
        self.datetime_format = "%Y-%m-%dT%H:%M:%S.%f%z"
        self.date_format = "%Y-%m-%d"

        self.logger_format = "%(asctime)s %(levelname)s %(message)s"
        self.logger_stream_handler: logging.Handler | None = None
        self.logger_file_handler: logging.Handler | None = None
        self._logger_file: str | None = None
        self._debug = False

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("api_key", "api_key_prefix"):
            value = WatchedDict(value or {}, self._note_change)
        object.__setattr__(self, name, value)
        self._note_change()

    def _note_change(self) -> None:
        object.__setattr__(self, "_changed", object())

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        from copy import copy, deepcopy

        made = type(self).__new__(type(self))
        memo[id(self)] = made
        for name, value in vars(self).items():
            if name in ("api_key", "api_key_prefix"):
                value = dict(value)
            elif name == "logger_file_handler":  # a file is shared, not opened twice
                value = copy(value) if value is None else value
            elif name != "_changed":
                value = deepcopy(value, memo)
            setattr(made, name, value)
        return made

    @classmethod
    def set_default(cls, default: Configuration | None) -> None:
        """What `get_default` answers from now on."""
        cls._default = default

    @classmethod
    def get_default_copy(cls) -> Configuration:
        """The older name of `get_default`."""
        return cls.get_default()

    @classmethod
    def get_default(cls) -> Configuration:
        """What clients use that are given none; made when it is first asked for."""
        if cls._default is None:
            cls._default = Configuration()
        return cls._default

    # The log

    @property
    def logger(self) -> dict[str, logging.Logger]:
        """The loggers that `debug` and `logger_file` are about."""
        import logging

        return {"package_logger": logging.getLogger("mere_sdk")}

    @property
    def logger_formatter(self) -> logging.Formatter:
        """What lays out the lines of `logger_file`."""
        import logging

        return logging.Formatter(self.logger_format)

    @property
    def logger_file(self) -> str | None:
        return self._logger_file

    @logger_file.setter
    def logger_file(self, value: str | None) -> None:
        self._logger_file = value
        if value:
            import logging

            self.logger_file_handler = logging.FileHandler(value)
            self.logger_file_handler.setFormatter(self.logger_formatter)
            for logger in self.logger.values():
                logger.addHandler(self.logger_file_handler)

    @property
    def debug(self) -> bool:
        return self._debug

    @debug.setter
    def debug(self, value: bool) -> None:
        import logging

        self._debug = value
        for logger in self.logger.values():
            logger.setLevel(logging.DEBUG if value else logging.WARNING)

    # Credentials

    def get_api_key_with_prefix(self, identifier: str, alias: str | None = None) -> str | None:
        """A key of `api_key`, behind its prefix if it has one.

        Args:
            identifier: The key's name.
            alias: Another name to look under if there is none of the first.
        """
        if self.refresh_api_key_hook is not None:
            self.refresh_api_key_hook(self)
        key = self.api_key.get(identifier, self.api_key.get(alias) if alias is not None else None)
        if not key:
            return None
        prefix = self.api_key_prefix.get(identifier)
        return f"{prefix} {key}" if prefix else key

    def get_basic_auth_token(self) -> str:
        """The value of the header that logs in with `username` and `password`."""
        from binascii import b2a_base64

        pair = f"{self.username or ''}:{self.password or ''}"
        return "Basic " + b2a_base64(pair.encode(), newline=False).decode()

    def auth_settings(self) -> dict[str, Any]:
        """Each way to log in that this configuration has credentials for, and the header it takes."""
        auth: dict[str, Any] = {}
        if self.username is not None and self.password is not None:
            auth["basic_auth"] = {
                "type": "basic",
                "in": "header",
                "key": "Authorization",
                "value": self.get_basic_auth_token(),
            }
        if self.access_token is not None:
            auth["jwt_token"] = {
                "type": "bearer",
                "in": "header",
                "format": "JWT",
                "key": "Authorization",
                "value": "Bearer " + self.access_token,
            }
        if "cookie_auth" in self.api_key:
            auth["cookie_auth"] = {
                "type": "api_key",
                "in": "cookie",
                "key": "internal_auth_session",
                "value": self.get_api_key_with_prefix("cookie_auth"),
            }
        return auth

    def to_debug_report(self) -> str:
        """What somebody who is asked for help wants to know."""
        from mere_sdk import __version__

        return (
            "Python SDK Debug Report:\n"
            f"OS: {sys.platform}\n"
            f"Python Version: {sys.version}\n"
            "Version of the API: 1.0.0\n"
            f"SDK Package Version: {__version__}"
        )

    # The address

    def get_host_settings(self) -> list[dict[str, Any]]:
        """The addresses that the description of the API names."""
        return [{"url": _BASE_PATH, "description": "the lake's own server"}]

    def get_host_from_settings(
        self,
        index: int | None,
        variables: Mapping[str, str] | None = None,
        servers: Sequence[Mapping[str, Any]] | None = None,
    ) -> str:
        """One of the addresses of `get_host_settings`, with variables in braces filled in.

        Args:
            index: Which one; None: the one that was set as `host`.
            variables: Values by name, where they are not to be the default.
            servers: Other addresses to choose from.

        Raises:
            ValueError: There is no such address, or a variable may not have such a value.
        """
        if index is None:
            return self._base_path
        servers = self.get_host_settings() if servers is None else servers
        if not -len(servers) <= index < len(servers):
            raise ValueError(f"there is no host setting {index}; there are {len(servers)}")
        url: str = servers[index]["url"]
        for name, variable in servers[index].get("variables", {}).items():
            value = (variables or {}).get(name, variable["default_value"])
            allowed = variable.get("enum_values", [value])
            if value not in allowed:
                raise ValueError(f"{name} in the host URL must be one of {allowed}, not {value!r}")
            url = url.replace("{" + name + "}", value)
        return url

    @property
    def host(self) -> str:
        return self.get_host_from_settings(self.server_index, self.server_variables)

    @host.setter
    def host(self, value: str) -> None:
        self._base_path = value
        self.server_index = None
