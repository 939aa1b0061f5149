"""Objects as streams, for asyncio: bounded memory, whatever their size."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from mere_sdk import _operations as operations
from mere_sdk._native import BodyPipe

if TYPE_CHECKING:
    import os
    from typing_extensions import Buffer
    from types import TracebackType

    from mere_sdk._native import BodyStream
    from mere_sdk.aio.api_client import ApiClient
    from mere_sdk.models.object_stats import ObjectStats


class Streams:
    """What a client can do with the bytes of objects beside reading and writing them whole."""

    _api: ApiClient

    async def stream_object(
        self,
        repository: str,
        ref: str,
        path: str,
        *,
        range: str | None = None,
        presign: bool | None = None,
    ) -> BodyStream:
        """As `mere_sdk.LakeFSClient.stream_object`; read it with `await stream.read_async(size)`."""
        arguments = (repository, ref, path, range, None, presign)
        return await self._api.session.stream_async(operations.GET_OBJECT, arguments)

    async def download_object(
        self, repository: str, ref: str, path: str, to: str | os.PathLike[str]
    ) -> int:
        """As `mere_sdk.LakeFSClient.download_object`."""
        import os

        arguments = (repository, ref, path, None, None, None)
        session = self._api.session
        calls = [(arguments, os.fspath(to))]
        done: int | BaseException
        done = (await session.download_many_async(operations.GET_OBJECT, calls))[0]
        if isinstance(done, BaseException):
            raise done
        return done

    def upload_stream(
        self,
        repository: str,
        branch: str,
        path: str,
        *,
        if_none_match: str | None = None,
        if_match: str | None = None,
        force: bool | None = None,
    ) -> UploadStream:
        """As `mere_sdk.LakeFSClient.upload_stream`, for `async with` and `await out.write(…)`."""
        arguments = (repository, branch, path, if_none_match, if_match, None, force)
        return UploadStream(self._api, arguments)


class UploadStream:
    """An object being written. It is there once the `async with` block is left, or `close` was awaited.

    Attributes:
        stats: What is known about the object, after that.
    """

    stats: ObjectStats

    def __init__(self, api_client: ApiClient, arguments: tuple[Any, ...]) -> None:
        self._api_client = api_client
        self._arguments = arguments
        self._pipe = BodyPipe()
        self._call: asyncio.Future[ObjectStats] | None = None

    async def __aenter__(self) -> UploadStream:
        self._call = self._api_client.session.call_async(
            operations.UPLOAD_OBJECT, self._arguments, self._pipe
        )
        return self

    async def write(self, data: Buffer) -> int:
        """Waits while too much is on its way.

        Returns:
            The number of bytes, which is that of `data`.

        Raises:
            ApiException: The lake refused the object.
        """
        try:
            await self._pipe.write_async(data)
        except BrokenPipeError:
            await self.close()  # raises what ended the request
            raise
        return memoryview(data).nbytes

    async def close(self) -> None:
        """Ends the object and waits until the lake has it.

        Raises:
            ApiException: The lake refused the object.
        """
        call, self._call = self._call, None
        if call is not None:
            self._pipe.close()
            self.stats = await call

    def abort(self) -> None:
        """Gives up: the lake keeps nothing."""
        call, self._call = self._call, None
        if call is not None:
            self._pipe.abort()
            call.cancel()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type is None:
            await self.close()
        else:
            self.abort()
