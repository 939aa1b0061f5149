"""Calls of the core, awaited or not.

Everything above is written once, as coroutines. Where they meet the core they either await its
future, or, when `run` drives them, call it and wait: a coroutine that is driven so never suspends,
needs no loop and no other thread.
"""

from __future__ import annotations

import os
import re
import threading
import weakref
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Optional, TypeVar

from fsspec.asyn import AsyncFileSystem
from fsspec.callbacks import DEFAULT_CALLBACK
from mere.client import Client
from mere_sdk._native import CallOptions

from mere_spec.errors import os_error, translated

if TYPE_CHECKING:
    from mere_sdk._native import Operation, Session

T = TypeVar("T")
METADATA_PREFIX = "x-lakefs-meta-"
BINARY = "application/octet-stream"


class _Driven(threading.local):
    """Whether this thread is inside of `run`."""

    now = False


_driven = _Driven()


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """The coroutine's result, in this thread, without a loop."""
    before, _driven.now = _driven.now, True
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    finally:
        _driven.now = before
    coroutine.close()
    raise RuntimeError("a coroutine that waits for a loop was called without one")


async def native(session: Session, method: str, *args: Any, **kwargs: Any) -> Any:
    """A method of the session: `method` if driven by `run`, else its `_async` twin."""
    if _driven.now:
        return getattr(session, method)(*args, **kwargs)
    # Called first: outside of `run` a running loop is what the twin needs.
    return await getattr(session, method + "_async")(*args, **kwargs)


class Calls(AsyncFileSystem):  # type: ignore[misc]
    """A file system with a client."""

    def _connect(self, arguments: dict[str, Any], proxy: Optional[str], verify_ssl: bool) -> None:
        self._client_arguments = (arguments, proxy, verify_ssl)
        self._client: Optional[Client] = None
        _living[id(self)] = self
        self.client  # noqa: B018 - what is wrong with the configuration is told here

    @property
    def client(self) -> Client:
        """The client below; may be replaced."""
        client = self._client
        if client is None:
            arguments, proxy, verify_ssl = self._client_arguments
            client = self._client = Client(**arguments)
            client.config.proxy = proxy
            client.config.verify_ssl = verify_ssl
            client.sdk_client.objects_api  # noqa: B018 - made now, so that it can be instrumented
        return client

    @client.setter
    def client(self, client: Client) -> None:
        self._client = client

    @property
    def _session(self) -> Session:
        """The core's session. Writes of a transaction that are under way end first."""
        return self.client.sdk_client.objects_api.api_client.session

    def _configure_requests(self, config: Optional[dict[str, Any]]) -> None:
        """What every request has of its own, of the argument `request_config`."""
        given = {name.removeprefix("_"): value for name, value in (config or {}).items()}
        self._request_config: dict[str, Any] = {"_" + name: value for name, value in given.items()}
        self._headers = [(name, str(value)) for name, value in (given.get("headers") or {}).items()]
        timeout = given.get("request_timeout")
        self._timeouts = timeout if isinstance(timeout, (tuple, list)) else (None, timeout)
        self._options = self._make_options() if self._request_config else None

    def _make_options(
        self, headers: tuple[tuple[str, str], ...] = (), content_type: Optional[str] = None
    ) -> CallOptions:
        connect, answer = self._timeouts
        return CallOptions(
            headers=[*self._headers, *headers],
            connect_timeout=connect,
            timeout=answer,
            content_type=content_type,
        )

    def _upload_options(
        self, content_type: Optional[str] = None, metadata: Optional[dict[str, str]] = None
    ) -> Optional[CallOptions]:
        """Of an upload: an object's metadata travels as headers."""
        if content_type is None and not metadata:
            return self._options
        headers = tuple((METADATA_PREFIX + key, value) for key, value in (metadata or {}).items())
        return self._make_options(headers, content_type or BINARY)

    async def _call(
        self,
        operation: Operation,
        arguments: tuple[Any, ...],
        body: Any = None,
        *,
        options: Optional[CallOptions] = None,
        path: Optional[str] = None,
    ) -> Any:
        """The decoded answer. Raises OSErrors that name `path`."""
        with translated(path):
            replaced = self._replaced(operation.name) if body is None else None
            if replaced is not None:
                return replaced(*arguments, **self._request_config)
            options = options or self._options
            return await native(self._session, "call", operation, arguments, body, options)

    def _replaced(self, name: str) -> Any:
        """A method of the generated api that a program replaced: a counter, a tracer, a mock.

        It is called in place of the core, so that instrumenting `fs.client` sees what is asked.
        """
        own = vars(self.client.sdk_client.objects_api)
        if len(own) == 1:  # its client alone
            return None
        return own.get(re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name))

    async def _call_many(
        self,
        method: str,
        operation: Operation,
        calls: list[tuple[tuple[Any, ...], Any]],
        paths: list[str],
        *,
        options: Optional[CallOptions] = None,
        callback: Any = None,
        concurrency: int = 0,
    ) -> list[Any]:
        """`call_many`, `download_many` or `upload_many`: results, or OSErrors that name their path,
        in order.
        """
        if not calls:
            return []
        silent = callback is None or callback is DEFAULT_CALLBACK
        progress = None if silent else lambda _: callback.relative_update(1)
        with translated(paths[0]):
            results = await native(
                self._session,
                method,
                operation,
                calls,
                concurrency=concurrency or self.batch_size or 32,
                options=options or self._options,
                progress=progress,
            )
        for index, result in enumerate(results):
            if isinstance(result, BaseException):
                results[index] = os_error(result, paths[index])
        return results  # type: ignore[no-any-return]


_living: weakref.WeakValueDictionary[int, Calls] = weakref.WeakValueDictionary()


_inherited: list[Any] = []  # kept: closing what the parent still uses is not the child's to do


def _after_fork() -> None:
    """Connections do not survive a fork: the child makes its own."""
    for fs in tuple(_living.values()):
        _inherited.append(fs._client)
        fs._client = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
