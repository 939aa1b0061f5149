"""Objects, and what reads and writes them, for asyncio."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterable, Iterable
from typing import TYPE_CHECKING, Any, Optional, Union

from mere import _parts, _writing
from mere._names import ObjectName
from mere._paging import is_generated
from mere._read_steps import Got, ReadSteps, got_by_method, got_natively
from mere._write_steps import WriteSteps
from mere.aio.client import Client, HasClient
from mere.client import SINGLE_STORAGE_ID, session_of
from mere.exceptions import (
    ObjectExistsException,
    absent_is_no_error,
    api_exception_handler,
    handle_http_error,
    io_exception_handler,
    of_source,
)
from mere.models import ObjectInfo

if TYPE_CHECKING:
    import duckdb
    import pandas
    import polars
    import pyarrow
    from mere_sdk._native import BodyPipe, BodyStream

    from mere.aio._pipeline import Pipeline
    from mere.object import AllModes, ReadModes, WriteModes


class _File(HasClient):
    """What readers and writers share."""

    _is_closed: bool

    def __init__(
        self, obj: StoredObject, mode: AllModes, pre_sign: Optional[bool], client: Optional[Client]
    ) -> None:
        self._obj = obj
        self._mode: str = mode
        self._pre_sign = pre_sign
        super().__init__(client)

    @property
    def mode(self) -> str:
        """The mode it was opened in."""
        return self._mode

    @property
    def name(self) -> str:
        """The object's path."""
        return self._obj.path

    async def pre_sign(self) -> bool:
        """Whether the octets go between here and the object store, by an address that the server
        signs. If not given, as the server prefers.
        """
        if self._pre_sign is None:
            self._pre_sign = await self._obj._prefers_presigned()
        return self._pre_sign

    async def _presigned(self) -> bool:
        return await self.pre_sign() if self._pre_sign is None else self._pre_sign

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._is_closed

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")

    def __str__(self) -> str:
        return self._obj.path

    def __repr__(self) -> str:
        return f'{type(self).__name__}(path="{self._obj.path}")'


class ObjectReader(_File, ReadSteps):
    """As `mere.ObjectReader`: `async with obj.reader() as file`, `await file.read(n)`, `async for
    line in file`. One task reads at a time.
    """

    def __init__(
        self,
        obj: StoredObject,
        mode: ReadModes,
        pre_sign: Optional[bool] = None,
        client: Optional[Client] = None,
        **kwargs: Any,
    ) -> None:
        _writing.check_read_mode(mode)
        _File.__init__(self, obj, mode, pre_sign, client)
        ReadSteps.__init__(self, obj.path, "b" in mode, kwargs)
        self._is_closed = False

    def tell(self) -> int:
        """The position in octets."""
        return self._state.position

    async def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As `mere.ObjectReader.seek`."""
        self._check_open()
        return await self._seek_to(offset, whence)

    async def read(self, n: Optional[int] = None) -> Any:
        """As `mere.ObjectReader.read`."""
        self._check_open()
        return await self._read(n)

    async def readall(self) -> Any:
        """All that is left."""
        return await self.read()

    async def read1(self, n: int = -1) -> Any:
        """What one request at most brings."""
        self._check_open()
        return await self._read1(n)

    async def readinto(self, buffer: Any) -> int:
        """Fills a buffer; less only at the end. Binary mode only."""
        self._check_open()
        return await self._read_into(buffer)

    async def readline(self, limit: int = -1) -> Any:
        """As `mere.ObjectReader.readline`."""
        self._check_open()
        return await self._read_line(limit)

    async def readlines(self, hint: int = -1) -> list[Any]:
        """As `mere.ObjectReader.readlines`."""
        self._check_open()
        return await self._read_lines(hint)

    def __aiter__(self) -> ObjectReader:
        return self

    async def __anext__(self) -> Any:
        line = await self.readline()
        if not line:
            raise StopAsyncIteration
        return line

    async def close(self) -> None:
        """Ends the transfer."""
        self._is_closed = True
        self._forget()

    async def __aenter__(self) -> ObjectReader:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _get(self, extent: Optional[str], presign: bool) -> Got:
        obj = self._obj
        api = (await self._client._sdk()).objects_api
        method = api.get_object_with_http_info
        if self._kwargs or not is_generated(method):
            return got_by_method(
                await method(
                    obj.repo, obj.ref, obj.path, range=extent, presign=presign, **self._kwargs
                )
            )
        from mere_sdk._operations import GET_OBJECT

        arguments = (obj._repo_id, obj._ref_id, obj._path, extent, None, presign or None)
        return got_natively(await api.api_client.session.respond_async(GET_OBJECT, arguments))

    async def _get_stream(self, extent: str) -> BodyStream:
        from mere_sdk._operations import GET_OBJECT

        arguments = (self._obj.repo, self._obj.ref, self._obj.path, extent, None, None)
        stream: BodyStream = await (await self._client._native()).stream_async(
            GET_OBJECT, arguments
        )
        return stream

    async def _get_piece(self, stream: BodyStream, size: int) -> bytes:
        return await stream.read_async(size)

    async def _get_stats(self) -> ObjectInfo:
        return await self._obj._ask_stat()

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ObjectWriter(_File, WriteSteps):
    """As `mere.ObjectWriter`: `async with obj.writer() as file`, `await file.write(data)`. If the
    block raises, or is cancelled, nothing appears. One task writes at a time.
    """

    def __init__(
        self,
        obj: StoredObject,
        mode: WriteModes,
        pre_sign: Optional[bool] = None,
        content_type: Optional[str] = None,
        metadata: Optional[dict[str, str]] = None,
        client: Optional[Client] = None,
        **kwargs: Any,
    ) -> None:
        _writing.check_write_mode(mode)
        _File.__init__(self, obj, mode, pre_sign, client)
        WriteSteps.__init__(self, obj, mode, content_type, metadata, kwargs)
        self._session: Any = None

    async def write(self, s: Any) -> int:
        """Adds text (as UTF-8) or octets; how many octets."""
        self._check_open()
        return await self._add(s)

    async def writelines(self, lines: Union[Iterable[Any], AsyncIterable[Any]]) -> None:
        """Writes each; nothing is added between them."""
        if isinstance(lines, AsyncIterable):
            async for line in lines:
                await self.write(line)
        else:
            for line in lines:
                await self.write(line)

    async def discard(self) -> None:
        """Closes it; nothing appears."""
        self._abort()

    async def close(self) -> None:
        """As `mere.ObjectWriter.close`."""
        await self._finish()

    async def __aenter__(self) -> ObjectWriter:
        if self._mode.startswith("x") and await self._obj.exists():
            self._abort()
            raise ObjectExistsException(412, f"{self.name} exists already")
        return self

    async def __aexit__(self, typ: Any, value: Any, traceback: Any) -> None:
        if typ is None:
            await self.close()
        else:
            self._abort()

    async def _start(self, pipe: BodyPipe) -> Any:
        from mere_sdk._operations import UPLOAD_OBJECT

        session = await self._client._native()
        return session.call_async(UPLOAD_OBJECT, self._arguments(), pipe, self._options())

    async def _push(self, pipe: BodyPipe, data: memoryview) -> None:
        await pipe.write_async(data)

    async def _answer(self) -> Any:
        return await self._call

    async def _upload(self, body: Any) -> Any:
        from mere_sdk._operations import UPLOAD_OBJECT

        session = await self._client._native()
        return await session.call_async(UPLOAD_OBJECT, self._arguments(), body, self._options())

    async def _upload_presigned(self, body: Any) -> Any:
        sdk = await self._client._sdk()
        kwargs = _writing.timeout_of(self._kwargs)
        storage = await self._client.storage_config_by_id(await self._obj.storage_id())
        if self._spooled and _parts.are_worth_it(self._written, self._write_mode, storage):
            return await self._in_parts(body, kwargs).run_async(sdk)
        location = await sdk.staging_api.get_physical_address(
            self._obj.repo, self._obj.ref, self.name, True, **kwargs
        )
        headers = _writing.presigned_headers(
            self._content_type, self._written, storage.blockstore_type
        )
        answer = await session_of(sdk).request_async(
            "PUT", location.presigned_url, list(headers.items()), body
        )
        handle_http_error(answer)
        link = _writing.staging_metadata(
            location,
            self._written,
            _writing.stored_checksum(answer.headers),
            self._content_type,
            self._metadata,
        )
        return await sdk.staging_api.link_physical_address(
            self._obj.repo,
            self._obj.ref,
            self.name,
            staging_metadata=link,
            if_none_match=_writing.if_absent(self._mode),
            **kwargs,
        )


class StoredObject(ObjectName, HasClient):
    """As `mere.StoredObject`."""

    def __init__(
        self, repository_id: str, reference_id: str, path: str, client: Optional[Client] = None
    ) -> None:
        self._repo_id = repository_id
        self._ref_id = reference_id
        self._path = path
        super().__init__(client)

    def reader(
        self, mode: ReadModes = "rb", pre_sign: Optional[bool] = None, **kwargs: Any
    ) -> ObjectReader:
        """Opens the object for reading; see ObjectReader. Nothing is asked before the first
        read.
        """
        return ObjectReader(self, mode=mode, pre_sign=pre_sign, client=self._client, **kwargs)

    async def stat(self, pre_sign: Optional[bool] = None, **kwargs: Any) -> ObjectInfo:
        """As `mere.StoredObject.stat`."""
        stats = self._stats
        if stats is None or pre_sign:
            sdk = await self._client._sdk()
            with api_exception_handler(io_exception_handler):
                stats = self._stats = ObjectInfo._of(
                    await sdk.objects_api.stat_object(
                        self._repo_id, self._ref_id, self._path, presign=pre_sign, **kwargs
                    )
                )
        return stats

    async def _ask_stat(self) -> ObjectInfo:
        self._stats = None
        return await self.stat()

    async def storage_id(self) -> str:
        """As `mere.StoredObject.storage_id`."""
        if self._storage_id is None:
            found = SINGLE_STORAGE_ID
            if (await self._client._server()).several:
                sdk = await self._client._sdk()
                with api_exception_handler(io_exception_handler):
                    found = (
                        await sdk.repositories_api.get_repository(self._repo_id)
                    ).storage_id or found
            self._storage_id = found
        return self._storage_id

    async def _prefers_presigned(self) -> bool:
        return bool(
            (await self._client.storage_config_by_id(await self.storage_id())).pre_sign_support
        )

    async def exists(self, **kwargs: Any) -> bool:
        """Whether it is there. Raises PermissionException."""
        found = False
        sdk = await self._client._sdk()
        with api_exception_handler(absent_is_no_error):
            await sdk.objects_api.head_object(self._repo_id, self._ref_id, self._path, **kwargs)
            found = True
        return found

    async def copy(
        self, destination_branch_id: str, destination_path: str, **kwargs: Any
    ) -> WriteableObject:
        """As `mere.StoredObject.copy`."""
        from mere_sdk import ObjectCopyCreation

        creation = ObjectCopyCreation(src_ref=self._ref_id, src_path=self._path, shallow=False)
        sdk = await self._client._sdk()
        with api_exception_handler(of_source(f"lakefs://{self._repo_id}/{self._ref_id}/{self._path}")):
            await sdk.objects_api.copy_object(
                repository=self._repo_id,
                branch=destination_branch_id,
                dest_path=destination_path,
                object_copy_creation=creation,
                **kwargs,
            )
        return WriteableObject(
            self._repo_id, destination_branch_id, destination_path, client=self._client
        )

    async def to_pandas(self, format: Optional[str] = None, **kwargs: Any) -> pandas.DataFrame:
        """As `mere.StoredObject.to_pandas`. The whole object is read, then decoded in a thread."""
        from mere import _tables

        made: pandas.DataFrame = await self._decoded(_tables.to_pandas, format, kwargs)
        return made

    async def to_polars(self, format: Optional[str] = None, **kwargs: Any) -> polars.DataFrame:
        """As `mere.StoredObject.to_polars`. The whole object is read, then decoded in a thread."""
        from mere import _tables

        made: polars.DataFrame = await self._decoded(_tables.to_polars, format, kwargs)
        return made

    async def to_arrow(self, format: Optional[str] = None, **kwargs: Any) -> pyarrow.Table:
        """As `mere.StoredObject.to_arrow`. The whole object is read, then decoded in a thread."""
        from mere import _tables

        made: pyarrow.Table = await self._decoded(_tables.to_arrow, format, kwargs)
        return made

    async def to_duckdb(
        self,
        connection: Optional[duckdb.DuckDBPyConnection] = None,
        format: Optional[str] = None,
        **kwargs: Any,
    ) -> duckdb.DuckDBPyRelation:
        """As `mere.StoredObject.to_duckdb`."""
        from mere import _tables

        made: duckdb.DuckDBPyRelation = _tables.to_duckdb(
            await self.to_arrow(format, **kwargs), connection
        )
        return made

    async def _decoded(self, decode: Any, format: Optional[str], kwargs: dict[str, Any]) -> Any:
        import io

        async with self.reader() as file:
            data = io.BytesIO(await file.read())
        return await asyncio.to_thread(decode, data, self._path, format, kwargs)


class WriteableObject(StoredObject):
    """As `mere.WriteableObject`."""

    _pipeline: Optional[Pipeline] = None  # that of the transaction it belongs to

    async def upload(
        self,
        data: Union[str, bytes],
        mode: WriteModes = "w",
        pre_sign: Optional[bool] = None,
        content_type: Optional[str] = None,
        metadata: Optional[dict[str, str]] = None,
        **kwargs: Any,
    ) -> WriteableObject:
        """As `mere.WriteableObject.upload`."""
        from mere_sdk._operations import UPLOAD_OBJECT

        _writing.check_write_mode(mode)
        if await self._prefers_presigned() if pre_sign is None else pre_sign:
            async with ObjectWriter(
                self, mode, True, content_type, metadata, self._client, **kwargs
            ) as writer:
                await writer.write(data)
            return self
        body = _writing.octets(data)
        arguments = _writing.upload_arguments(self._repo_id, self._ref_id, self._path, mode, kwargs)
        options = _writing.upload_options(content_type, metadata, kwargs)
        handler = _writing.upload_error(mode)
        self._stats = None
        if self._pipeline is not None and not mode.startswith("x"):
            session = session_of(await self._client._sdk_without_waiting())
            await self._pipeline.start(
                session, UPLOAD_OBJECT, arguments, bytes(body), options, handler
            )
            return self
        session = await self._client._native()
        with api_exception_handler(handler):
            self._stats = ObjectInfo._of(
                await session.call_async(UPLOAD_OBJECT, arguments, body, options)
            )
        return self

    async def delete(self, **kwargs: Any) -> None:
        """As `mere.WriteableObject.delete`."""
        sdk = await self._client._sdk()
        with api_exception_handler(io_exception_handler):
            await sdk.objects_api.delete_object(self._repo_id, self._ref_id, self._path, **kwargs)
        self._stats = None

    def writer(
        self,
        mode: WriteModes = "wb",
        pre_sign: Optional[bool] = None,
        content_type: Optional[str] = None,
        metadata: Optional[dict[str, str]] = None,
        **kwargs: Any,
    ) -> ObjectWriter:
        """Opens the object for writing; see ObjectWriter."""
        return ObjectWriter(
            self,
            mode=mode,
            pre_sign=pre_sign,
            content_type=content_type,
            metadata=metadata,
            client=self._client,
            **kwargs,
        )
