"""The native session of a client: made when it is first needed, told what changed before a call."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from mere_sdk import exceptions
from mere_sdk._native import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from mere_sdk.configuration import Configuration

_DEFAULT_RETRIES = 3


class SessionSource:
    """Keeps a session in step with a configuration and a client's own headers."""

    def __init__(
        self,
        configuration: Configuration,
        max_connections: int | None = None,
        own_headers: Callable[[], dict[str, str]] = dict,
    ) -> None:
        self.configuration = configuration
        self._max_connections = max_connections
        self._own_headers = own_headers
        self._lock = Lock()
        self._session: Session | None = None
        self._handed: Session | None = None  # the same as callers get it
        self._seen: object = None  # the state of the configuration that the session knows
        self._address: tuple[Any, ...] | None = None

    def get(self) -> Session:
        """The session as the configuration is now.

        Raises:
            ValueError: The address, or a file of the configuration, cannot be used.
            LakeInUseError: Another process has the folder open and does not serve it.
        """
        session = self._handed
        if session is not None and self._seen is self.configuration._changed:
            return session
        return self._renew()

    def forget_headers(self) -> None:
        """The client's own headers changed."""
        self._seen = None

    def close(self) -> None:
        """Ends what is under way. The next call starts anew."""
        with self._lock:
            session, self._session, self._handed = self._session, None, None
        if session is not None:
            session.close()

    def target(self, url: str) -> str:
        """A URL of this lake's server as the path on it, so that it takes the session's way."""
        origin, _ = split_host(self.configuration.host)
        if origin and (url == origin or url.startswith(origin + "/")):
            return url[len(origin) :] or "/"
        return url

    def _renew(self) -> Session:
        with self._lock:
            configuration = self.configuration
            seen = configuration._changed
            address = self._address_of(configuration)
            session = self._session
            if session is None or address != self._address:
                session = self._connect(configuration, address)
            session.configure(
                headers=list((self._own_headers() | credentials(configuration)).items()),
                retries=_retries(configuration.retries),
                timeout=float(configuration.timeout),
                connect_timeout=float(configuration.connect_timeout),
                error=exceptions.from_answer,
            )
            self._session, self._address = session, address
            if configuration.debug:
                from mere_sdk._logged import LoggedSession

                session = LoggedSession(session)  # type: ignore[assignment]  # to callers the same
            self._handed = session
            # A hook may answer another key each time, so it is asked each time.
            self._seen = None if configuration.refresh_api_key_hook is not None else seen
            return session

    def _address_of(self, c: Configuration) -> tuple[Any, ...]:
        if c.lake is not None:
            return (c.lake,)
        files = (c.ssl_ca_cert, c.cert_file, c.key_file)
        connections = self._max_connections or c.connection_pool_maxsize
        return (c.host, c.verify_ssl, *files, c.tls_server_name, c.proxy, connections)

    @staticmethod
    def _connect(configuration: Configuration, address: tuple[Any, ...]) -> Session:
        if configuration.lake is not None:
            return Session.open(configuration.lake)
        host, verify, ca_file, certificate, key, server_name, proxy, connections = address
        origin, base_path = split_host(host)
        if not origin:
            raise exceptions.ApiValueError(
                f"the host {host!r} names no server; set Configuration.host to an address such as "
                "'http://127.0.0.1:8000/api/v1', or Configuration.lake to a folder"
            )
        return Session.connect(
            origin,
            base_path,
            verify_tls=bool(verify),
            ca_file=ca_file or (default_ca_file() if origin.startswith("https:") and verify else ""),
            certificate_file=certificate or "",
            key_file=key or "",
            tls_server_name=server_name or "",
            proxy=proxy or "",
            max_connections=connections or 4,
        )


# Where the core looks, which is where the system that it was built on has them.
_CA_FILE = "/etc/ssl/certs/ca-certificates.crt"


def default_ca_file() -> str:
    """The certificates to trust where nobody names any; "": those that the core finds itself."""
    import os

    named = os.environ.get("SSL_CERT_FILE", "")
    if named or os.path.exists(_CA_FILE):
        return named
    import ssl

    known = ssl.get_default_verify_paths().cafile
    if known:
        return known
    try:
        import certifi
    except ImportError:
        return ""
    where: str = certifi.where()
    return where


def credentials(configuration: Configuration) -> dict[str, str]:
    """The headers that log in; a token goes before a key."""
    headers = {}
    for setting in configuration.auth_settings().values():
        name = "Cookie" if setting["in"] == "cookie" else setting["key"]
        if setting["value"]:
            headers[name] = setting["value"]
    return headers


def split_host(host: str) -> tuple[str, str]:
    """`http://a:1/api/v1/` → `http://a:1` and `/api/v1`; no origin if `host` has no scheme."""
    scheme, separator, rest = host.partition("://")
    if not separator:
        return "", host
    authority, _, path = rest.partition("/")
    return f"{scheme}://{authority}", f"/{path}".rstrip("/")


def _retries(value: Any) -> int:
    """A number, None for the usual, or an object that knows the number as `total`."""
    total = getattr(value, "total", value)
    return _DEFAULT_RETRIES if total is None else int(total)
