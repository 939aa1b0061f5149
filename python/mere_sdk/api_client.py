"""The client that the api classes call with: its session, its headers, its threads."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from mere_sdk._generic import GenericCalls
from mere_sdk._sessions import SessionSource
from mere_sdk._watched import WatchedDict
from mere_sdk.configuration import Configuration

if TYPE_CHECKING:
    from multiprocessing.pool import ThreadPool
    from types import TracebackType
    from typing_extensions import Self

    from mere_sdk._native import Session
    from mere_sdk.rest import RESTClientObject

_USER_AGENT = "mere-python-sdk/1.88.0"


class ApiClient(GenericCalls):
    """Calls a lake as its configuration says. Any thread may use it.

    Attributes:
        configuration: Where the lake is and who asks. Changes hold from the next call on.
        default_headers: Sent with every call.
        cookie: Sent with every call, as `Cookie`.
        pool_threads: How many calls with `async_req=True` are under way at once.
        last_response: The last answer of a method whose name ends in `_with_http_info`.
    """

    PRIMITIVE_TYPES = (float, bool, bytes, str, int)
    NATIVE_TYPES_MAPPING: ClassVar[Mapping[str, type]] = {
        "int": int,
        "long": int,
        "float": float,
        "str": str,
        "bool": bool,
        "date": datetime.date,
        "datetime": datetime.datetime,
        "object": object,
    }
    _default: ClassVar[ApiClient | None] = None

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
            configuration: Where the lake is and who asks; None: the default configuration.
            header_name: A header to send with every call.
            header_value: Its value.
            cookie: A cookie to send with every call.
            pool_threads: How many calls with `async_req=True` are under way at once.
        """
        configuration = Configuration.get_default() if configuration is None else configuration
        self._sessions = SessionSource(configuration, own_headers=self._own_headers)
        self._pool: ThreadPool | None = None
        self._rest_client: RESTClientObject | None = None
        self.pool_threads = pool_threads
        self.client_side_validation = configuration.client_side_validation
        self.default_headers = WatchedDict({}, self._sessions.forget_headers)
        if header_name is not None:
            self.default_headers[header_name] = header_value or ""
        self.cookie = cookie
        self.user_agent = _USER_AGENT
        self.last_response: Any = None

    @property
    def configuration(self) -> Configuration:
        return self._sessions.configuration

    @configuration.setter
    def configuration(self, value: Configuration) -> None:
        self._sessions.configuration = value

    @property
    def session(self) -> Session:
        """The native session, as the configuration is now."""
        return self._sessions.get()

    @property
    def rest_client(self) -> RESTClientObject:
        """Requests by hand, over the same connections."""
        if self._rest_client is None:
            from mere_sdk.rest import RESTClientObject

            self._rest_client = RESTClientObject(self.configuration, sessions=self._sessions)
        return self._rest_client

    @rest_client.setter
    def rest_client(self, value: RESTClientObject) -> None:
        self._rest_client = value

    @property
    def cookie(self) -> str | None:
        return self._cookie

    @cookie.setter
    def cookie(self, value: str | None) -> None:
        self._cookie = value
        self._sessions.forget_headers()

    @property
    def user_agent(self) -> str:
        """What the client calls itself."""
        agent: str = self.default_headers["User-Agent"]
        return agent

    @user_agent.setter
    def user_agent(self, value: str) -> None:
        self.default_headers["User-Agent"] = value

    def set_default_header(self, header_name: str, header_value: str) -> None:
        """Sends a header with every call from now on."""
        self.default_headers[header_name] = header_value

    def _own_headers(self) -> dict[str, str]:
        cookie = {"Cookie": self.cookie} if self.cookie else {}
        return {name: str(value) for name, value in self.default_headers.items()} | cookie

    @property
    def pool(self) -> ThreadPool:
        """The threads of calls with `async_req=True`; they start with the first of these."""
        if self._pool is None:
            import atexit
            from multiprocessing.pool import ThreadPool

            atexit.register(self._close_pool)
            self._pool = ThreadPool(self.pool_threads)
        return self._pool

    def close(self) -> None:
        """Waits for calls with `async_req=True` and closes the connections. A later call makes new ones."""
        self._close_pool()
        self._sessions.close()

    def _close_pool(self) -> None:
        if self._pool is not None:
            import atexit

            pool, self._pool = self._pool, None
            pool.close()
            pool.join()
            atexit.unregister(self._close_pool)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @classmethod
    def get_default(cls) -> ApiClient:
        """What api classes use that are given none; made when it is first asked for."""
        if ApiClient._default is None:
            ApiClient._default = ApiClient()
        return ApiClient._default

    @classmethod
    def set_default(cls, default: ApiClient | None) -> None:
        """What `get_default` answers from now on."""
        ApiClient._default = default
