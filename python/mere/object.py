"""Objects, and the files that read and write them."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, Any, Literal, Optional, Union

from mere import _parts, _writing
from mere._names import ObjectName
from mere._paging import is_generated
from mere._read_steps import Got, ReadSteps, got_by_method, got_natively
from mere._steps import at_once
from mere._write_steps import WriteSteps
from mere.client import SINGLE_STORAGE_ID, Client, _BaseLakeFSObject, session_of
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

    from mere._pipeline import Pipeline

ReadModes = Literal["r", "rb"]
WriteModes = Literal["x", "xb", "w", "wb"]
AllModes = Union[ReadModes, WriteModes]


class LakeFSIOBase(_BaseLakeFSObject, IO[Any]):
    """What readers and writers share. Positions are in octets, also in text mode."""

    def __init__(
        self,
        obj: StoredObject,
        mode: AllModes,
        pre_sign: Optional[bool] = None,
        client: Optional[Client] = None,
    ) -> None:
        self._obj = obj
        self._mode = mode
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

    @property
    def pre_sign(self) -> bool:
        """Whether the octets go between here and the object store, by an address that the server
        signs. If not given, as the server prefers.
        """
        if self._pre_sign is None:
            self._pre_sign = self._obj._prefers_presigned()
        return self._pre_sign

    @pre_sign.setter
    def pre_sign(self, value: bool) -> None:
        self._pre_sign = value

    def close(self) -> None:
        raise NotImplementedError

    def _abort(self) -> None:
        raise NotImplementedError

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")

    def fileno(self) -> int:
        """Always raises io.UnsupportedOperation: there is no descriptor."""
        raise io.UnsupportedOperation("fileno")

    def flush(self) -> None:
        """Raises ValueError if closed."""
        self._check_open()

    def isatty(self) -> bool:
        return False

    def truncate(self, size: Optional[int] = None) -> int:
        """Always raises io.UnsupportedOperation: an object is written as a whole."""
        raise io.UnsupportedOperation("truncate")

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def read(self, n: Optional[int] = None) -> Any:
        raise io.UnsupportedOperation("read")

    def readline(self, limit: int = -1) -> Any:
        raise io.UnsupportedOperation("readline")

    def readlines(self, hint: int = -1) -> list[Any]:
        raise io.UnsupportedOperation("readlines")

    def seek(self, offset: int, whence: int = 0) -> int:
        raise io.UnsupportedOperation("seek")

    def write(self, s: Any) -> int:
        raise io.UnsupportedOperation("write")

    def writelines(self, lines: Iterable[Any]) -> None:
        raise io.UnsupportedOperation("writelines")

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def __iter__(self) -> LakeFSIOBase:
        return self

    def __enter__(self) -> LakeFSIOBase:
        return self

    def __exit__(self, typ: Any, value: Any, traceback: Any) -> None:
        if typ is None:
            self.close()
        else:
            self._abort()

    def __str__(self) -> str:
        return self._obj.path

    def __repr__(self) -> str:
        return f'{type(self).__name__}(path="{self._obj.path}")'


io.IOBase.register(LakeFSIOBase)  # type: ignore[type-abstract]


class ObjectReader(ReadSteps, LakeFSIOBase):
    """Reads an object: `rb` octets, `r` UTF-8 text.

    Reads ahead, little at first and up to some MiB when reads come in order. All that is read
    belongs to one content: if the object is written anew meanwhile, reading on raises
    ObjectChangedException. A connection that breaks is resumed; if that fails, TransportException.
    `read(n)` is short only at the end.
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
        LakeFSIOBase.__init__(self, obj, mode, pre_sign, client)
        ReadSteps.__init__(self, obj.path, "b" in mode, kwargs)
        self._is_closed = False

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._is_closed

    @property
    def _size(self) -> Optional[int]:
        return self._state.size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        """The position in octets."""
        return self._state.position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Moves the position; from the end only once the size is known, which may take a
        request.
        """
        self._check_open()
        return at_once(self._seek_to(offset, whence))

    def read(self, n: Optional[int] = None) -> Any:
        """The next `n` octets, or characters in text mode; None: all that is left.

        Raises OSError for a negative `n`, ObjectNotFoundException, PermissionException,
        ObjectChangedException, TransportException.
        """
        self._check_open()
        if n is None and self._state.is_untouched():
            whole = self._read_whole()
            if whole is not None:
                return whole if self._binary else whole.decode("utf-8")
        return at_once(self._read(n))

    def _read_whole(self) -> Optional[bytes]:
        """All of an object of which nothing was read yet: what `_read` would do, in few steps, since
        small objects are read so by the thousand. None: it is for `_read`.
        """
        api = self._client.sdk_client.objects_api
        if self._kwargs or self.pre_sign or not is_generated(api.get_object_with_http_info):
            return None
        from mere_sdk._operations import GET_OBJECT

        obj = self._obj
        arguments = (obj._repo_id, obj._ref_id, obj._path, None, None, None)
        try:
            answer = api.api_client.session.respond(GET_OBJECT, arguments)
        except ConnectionError:
            return at_once(self._rest_resumed())
        if answer.status != 200:
            with api_exception_handler(io_exception_handler):
                got_natively(answer)
            return None
        data: bytes = answer.body
        self._state.took_whole(answer.header("ETag"), len(data))
        return data

    def readall(self) -> Any:
        """All that is left."""
        return self.read()

    def read1(self, n: int = -1) -> Any:
        """What one request at most brings."""
        self._check_open()
        return at_once(self._read1(n))

    def readinto(self, buffer: Any) -> int:
        """Fills a buffer; less only at the end. Binary mode only."""
        self._check_open()
        return at_once(self._read_into(buffer))

    def readline(self, limit: int = -1) -> Any:
        """The next line with its line feed, at most `limit` octets or characters of it; empty at
        the end.
        """
        self._check_open()
        return at_once(self._read_line(limit))

    def readlines(self, hint: int = -1) -> list[Any]:
        """The lines that are left, or so many that they have `hint` octets or characters."""
        self._check_open()
        return at_once(self._read_lines(hint))

    def close(self) -> None:
        self._is_closed = True
        self._forget()

    def _abort(self) -> None:
        self.close()

    async def _presigned(self) -> bool:
        return self.pre_sign

    async def _get(self, extent: Optional[str], presign: bool) -> Got:
        obj = self._obj
        api = self._client.sdk_client.objects_api
        method = api.get_object_with_http_info
        if self._kwargs or not is_generated(method):
            return got_by_method(
                method(obj.repo, obj.ref, obj.path, range=extent, presign=presign, **self._kwargs)
            )
        from mere_sdk._operations import GET_OBJECT

        arguments = (obj._repo_id, obj._ref_id, obj._path, extent, None, presign or None)
        return got_natively(api.api_client.session.respond(GET_OBJECT, arguments))

    async def _get_stream(self, extent: str) -> BodyStream:
        from mere_sdk._operations import GET_OBJECT

        arguments = (self._obj.repo, self._obj.ref, self._obj.path, extent, None, None)
        stream: BodyStream = session_of(self._client.sdk_client).stream(GET_OBJECT, arguments)
        return stream

    async def _get_piece(self, stream: BodyStream, size: int) -> bytes:
        return stream.read(size)

    async def _get_stats(self) -> ObjectInfo:
        return self._obj._ask_stat()

    async def _pause(self, seconds: float) -> None:
        time.sleep(seconds)


class ObjectWriter(WriteSteps, LakeFSIOBase):
    """Writes an object, which appears as a whole when `close` returns, and is durable then.

    Up to a MiB is kept and sent at once; what is more streams while it is written. Pre-signed it is
    kept in a temporary file first and goes to the object store when it is closed; from 64 MiB on in
    parts side by side, where the server gives out addresses for them. If the `with` block raises,
    or after `discard`, nothing appears.
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
        LakeFSIOBase.__init__(self, obj, mode, pre_sign, client)
        if mode.startswith("x") and obj.exists():
            raise ObjectExistsException(412, f"{obj.path} exists already")
        WriteSteps.__init__(self, obj, mode, content_type, metadata, kwargs)

    def writable(self) -> bool:
        return True

    def write(self, s: Any) -> int:
        """Adds text (as UTF-8) or octets; how many octets."""
        self._check_open()
        return at_once(self._add(s))

    def writelines(self, lines: Iterable[Any]) -> None:
        """Writes each; nothing is added between them."""
        for line in lines:
            self.write(line)

    def discard(self) -> None:
        """Closes it; nothing appears."""
        self._abort()

    def close(self) -> None:
        """Returns when the object is there and durable; then `stat` of the object knows it without
        asking.

        Raises ObjectExistsException (mode `x`), PermissionException, ObjectNotFoundException,
        TransportException; the writer is closed then too.
        """
        at_once(self._finish())

    async def _presigned(self) -> bool:
        return self.pre_sign

    async def _start(self, pipe: BodyPipe) -> Any:
        from mere_sdk._operations import UPLOAD_OBJECT

        return session_of(self._client.sdk_client).start(
            UPLOAD_OBJECT, self._arguments(), pipe, self._options()
        )

    async def _push(self, pipe: BodyPipe, data: memoryview) -> None:
        pipe.write(data)

    async def _answer(self) -> Any:
        return self._call.result()

    async def _upload(self, body: Any) -> Any:
        from mere_sdk._operations import UPLOAD_OBJECT

        return session_of(self._client.sdk_client).call(
            UPLOAD_OBJECT, self._arguments(), body, self._options()
        )

    async def _upload_presigned(self, body: Any) -> Any:
        staging = self._client.sdk_client.staging_api
        kwargs = _writing.timeout_of(self._kwargs)
        storage = self._client.storage_config_by_id(self._obj.storage_id())
        if self._spooled and _parts.are_worth_it(self._written, self._write_mode, storage):
            return self._in_parts(body, kwargs).run(self._client.sdk_client)
        location = staging.get_physical_address(
            self._obj.repo, self._obj.ref, self.name, True, **kwargs
        )
        answer = staging.api_client.rest_client.pool_manager.request(
            method="PUT",
            url=str(location.presigned_url),
            body=body,
            headers=_writing.presigned_headers(
                self._content_type, self._written, storage.blockstore_type
            ),
        )
        handle_http_error(answer)
        link = _writing.staging_metadata(
            location,
            self._written,
            _writing.stored_checksum(answer.headers),
            self._content_type,
            self._metadata,
        )
        return staging.link_physical_address(
            self._obj.repo,
            self._obj.ref,
            self.name,
            staging_metadata=link,
            if_none_match=_writing.if_absent(self._mode),
            **kwargs,
        )


class StoredObject(ObjectName, _BaseLakeFSObject):
    """An object by repository, ref and path; nothing is asked before it is needed."""

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
        """Opens the object for reading, `rb` for octets or `r` for UTF-8 text; nothing is asked
        before the first read. `pre_sign`: see ObjectReader.pre_sign.
        """
        return ObjectReader(self, mode=mode, pre_sign=pre_sign, client=self._client, **kwargs)

    def stat(self, pre_sign: Optional[bool] = None, **kwargs: Any) -> ObjectInfo:
        """What is known of the object, asked for once unless `pre_sign`: then `physical_address` is
        one that can be read without credentials for a while. Raises ObjectNotFoundException,
        PermissionException.
        """
        stats = self._stats
        if stats is None or pre_sign:
            with api_exception_handler(io_exception_handler):
                stats = self._stats = ObjectInfo._of(
                    self._client.sdk_client.objects_api.stat_object(
                        self._repo_id, self._ref_id, self._path, presign=pre_sign, **kwargs
                    )
                )
        return stats

    def _ask_stat(self) -> ObjectInfo:
        self._stats = None
        return self.stat()

    def storage_id(self) -> str:
        """The id of the storage that has the repository; nothing is asked where the server has only
        one.
        """
        if self._storage_id is None:
            self._storage_id = SINGLE_STORAGE_ID
            if self._client._has_several_storages():
                with api_exception_handler(io_exception_handler):
                    found = self._client.sdk_client.repositories_api.get_repository(self._repo_id)
                self._storage_id = found.storage_id or SINGLE_STORAGE_ID
        return self._storage_id

    def _prefers_presigned(self) -> bool:
        return bool(self._client.storage_config_by_id(self.storage_id()).pre_sign_support)

    def exists(self, **kwargs: Any) -> bool:
        """Whether it is there. Raises PermissionException."""
        found = False
        with api_exception_handler(absent_is_no_error):
            self._client.sdk_client.objects_api.head_object(
                self._repo_id, self._ref_id, self._path, **kwargs
            )
            found = True
        return found

    def copy(
        self, destination_branch_id: str, destination_path: str, **kwargs: Any
    ) -> WriteableObject:
        """Copies it to a path of a branch in the same repository and answers the copy.

        Raises NotFoundException, NotAuthorizedException.
        """
        from mere_sdk import ObjectCopyCreation

        creation = ObjectCopyCreation(src_ref=self._ref_id, src_path=self._path, shallow=False)
        with api_exception_handler(of_source(f"lakefs://{self._repo_id}/{self._ref_id}/{self._path}")):
            self._client.sdk_client.objects_api.copy_object(
                repository=self._repo_id,
                branch=destination_branch_id,
                dest_path=destination_path,
                object_copy_creation=creation,
                **kwargs,
            )
        return WriteableObject(
            self._repo_id, destination_branch_id, destination_path, client=self._client
        )

    def to_pandas(self, format: Optional[str] = None, **kwargs: Any) -> pandas.DataFrame:
        """The object as a pandas DataFrame, by its suffix: parquet, csv, tsv, json, ndjson, arrow,
        feather.

        `format` goes before the suffix; `kwargs` (`columns` among them) are those of pandas'
        reader.
        """
        from mere import _tables

        made: pandas.DataFrame = _tables.to_pandas(self.reader(), self._path, format, kwargs)
        return made

    def to_polars(self, format: Optional[str] = None, **kwargs: Any) -> polars.DataFrame:
        """The object as a polars DataFrame; as `to_pandas`."""
        from mere import _tables

        made: polars.DataFrame = _tables.to_polars(self.reader(), self._path, format, kwargs)
        return made

    def to_arrow(self, format: Optional[str] = None, **kwargs: Any) -> pyarrow.Table:
        """The object as an Arrow table; as `to_pandas`."""
        from mere import _tables

        made: pyarrow.Table = _tables.to_arrow(self.reader(), self._path, format, kwargs)
        return made

    def to_duckdb(
        self,
        connection: Optional[duckdb.DuckDBPyConnection] = None,
        format: Optional[str] = None,
        **kwargs: Any,
    ) -> duckdb.DuckDBPyRelation:
        """The object as a DuckDB relation, of the default connection if none is given; as
        `to_arrow`.
        """
        from mere import _tables

        made: duckdb.DuckDBPyRelation = _tables.to_duckdb(
            self.to_arrow(format, **kwargs), connection
        )
        return made


class WriteableObject(StoredObject):
    """An object of a branch."""

    _pipeline: Optional[Pipeline] = None  # that of the transaction it belongs to

    def __init__(
        self, repository_id: str, reference_id: str, path: str, client: Optional[Client] = None
    ) -> None:
        super().__init__(repository_id, reference_id, path, client=client)

    def upload(
        self,
        data: Union[str, bytes],
        mode: WriteModes = "w",
        pre_sign: Optional[bool] = None,
        content_type: Optional[str] = None,
        metadata: Optional[dict[str, str]] = None,
        **kwargs: Any,
    ) -> WriteableObject:
        """Writes the whole object: text as UTF-8, or octets.

        `mode`: `w`, `wb` write in any case, `x`, `xb` only if there is no such object. Within a
        transaction several uploads overlap; all are durable before the commit. Raises
        ObjectExistsException, ObjectNotFoundException (no such branch), PermissionException,
        TransportException.
        """
        _writing.check_write_mode(mode)
        if self._prefers_presigned() if pre_sign is None else pre_sign:
            with ObjectWriter(
                self, mode, True, content_type, metadata, self._client, **kwargs
            ) as writer:
                writer.write(data)
            return self
        from mere_sdk._operations import UPLOAD_OBJECT

        body = _writing.octets(data)
        arguments = _writing.upload_arguments(self._repo_id, self._ref_id, self._path, mode, kwargs)
        options = _writing.upload_options(content_type, metadata, kwargs)
        handler = _writing.upload_error(mode)
        self._stats = None
        if self._pipeline is not None and not mode.startswith("x"):
            session = session_of(self._client._sdk_without_waiting())
            self._pipeline.start(session, UPLOAD_OBJECT, arguments, bytes(body), options, handler)
        else:
            with api_exception_handler(handler):
                session = session_of(self._client.sdk_client)
                self._stats = ObjectInfo._of(session.call(UPLOAD_OBJECT, arguments, body, options))
        return self

    def delete(self, **kwargs: Any) -> None:
        """Deletes it; one that is not there is no error. Raises ObjectNotFoundException (no such
        branch), PermissionException.
        """
        with api_exception_handler(io_exception_handler):
            self._client.sdk_client.objects_api.delete_object(
                self._repo_id, self._ref_id, self._path, **kwargs
            )
            self._stats = None

    def writer(
        self,
        mode: WriteModes = "wb",
        pre_sign: Optional[bool] = None,
        content_type: Optional[str] = None,
        metadata: Optional[dict[str, str]] = None,
        **kwargs: Any,
    ) -> ObjectWriter:
        """Opens the object for writing, see ObjectWriter; `mode` as that of `upload`."""
        return ObjectWriter(
            self,
            mode=mode,
            pre_sign=pre_sign,
            content_type=content_type,
            metadata=metadata,
            client=self._client,
            **kwargs,
        )
