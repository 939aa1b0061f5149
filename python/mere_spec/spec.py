"""The file system: its constructor, and its methods without await."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import cached_property
from typing import Any, Literal, Optional, Union

from fsspec import register_implementation
from fsspec.callbacks import DEFAULT_CALLBACK, Callback
from mere._names import RefLike
from mere.exceptions import ServerException
from mere_sdk import _operations as operations

from mere_spec._calls import run
from mere_spec._paths import split, strip_protocol
from mere_spec._versions import Versions
from mere_spec.async_transaction import AsyncLakeFSTransaction
from mere_spec.errors import translate_lakefs_error, translated
from mere_spec.file import Compressed, LakeFSObjectReader, LakeFSObjectWriter, TextFile
from mere_spec.transaction import Cleanup, LakeFSTransaction
from mere_spec.types import MergeKwargs, ObjectInfoData, RequestConfig
from mere_spec.util import batched as batched
from mere_spec.util import md5_checksum as md5_checksum
from mere_spec.util import parse as parse

Path = Union[str, os.PathLike[str]]
MAX_DELETE_OBJS = 1000
FIRST_WITH_EMPTY_OBJECTS = (1, 3, 1)  # of the server
TEXT_OPTIONS = ("encoding", "errors", "newline")


def prefix_with_underscore(d: dict[str, Any]) -> dict[str, Any]:
    """The dict with an underscore before each key that has none."""
    return {"_" + key.removeprefix("_"): value for key, value in d.items()}


class LakeFSFileSystem(Versions):
    """A lake: `repository/ref/path`, with `lakefs://` or `mere://` before it or not.

    Reaches a server (`host`, `username`, `password`) or a folder (`lake`); without either, what the
    environment and `~/.lakectl.yaml` say. Instances with equal arguments are one.

    Methods whose names begin with an underscore are coroutines; the others do the same and wait.
    With `asynchronous=True` it is the coroutines that are meant to be called, from any loop.
    """

    protocol = ("lakefs", "mere")
    transaction_type = LakeFSTransaction
    mirror_sync_methods = False  # they are below, and need no loop in another thread

    def __init__(
        self,
        host: Optional[str] = None,
        username: Optional[str] = None,
        password: Optional[str] = None,
        api_key: Optional[str] = None,
        api_key_prefix: Optional[str] = None,
        access_token: Optional[str] = None,
        verify_ssl: bool = True,
        ssl_ca_cert: Optional[str] = None,
        proxy: Optional[str] = None,
        create_branch_ok: bool = True,
        source_branch: str = "main",
        pre_sign: Optional[bool] = None,
        request_config: Optional[RequestConfig] = None,
        lake: Optional[Path] = None,
        **storage_options: Any,
    ) -> None:
        """
        Args:
            host: The server's address.
            username: The access key id.
            password: The secret access key.
            api_key: A key to log in with instead.
            api_key_prefix: What goes before it.
            access_token: A token to log in with instead.
            verify_ssl: Whether the server's certificate is checked.
            ssl_ca_cert: A file of certificates to check it against.
            proxy: A proxy's address.
            create_branch_ok: Whether a write to a branch that is not there makes it.
            source_branch: What it is made from then.
            pre_sign: Whether bytes go to and from the object store itself; None: no.
            request_config: What every request has of its own.
            lake: A folder with a lake, opened in this process and made if need be.
            **storage_options: Of fsspec: asynchronous, loop, batch_size, use_listings_cache,
                listings_expiry_time, max_paths, skip_instance_cache.
        """
        super().__init__(**storage_options)
        arguments: dict[str, Any] = {
            "host": host,
            "username": username,
            "password": password,
            "api_key": api_key,
            "api_key_prefix": api_key_prefix,
            "access_token": access_token,
            "ssl_ca_cert": ssl_ca_cert,
        }
        if lake is not None:
            arguments = {"lake": os.fspath(lake)}
        elif all(value is None for value in arguments.values()):
            arguments = {}
        self.create_branch_ok = create_branch_ok
        self.source_branch = source_branch
        self.pre_sign = pre_sign
        self._configure_requests(request_config)  # type: ignore[arg-type]
        self._connect(arguments, proxy, verify_ssl)

    @property
    def transaction(self) -> LakeFSTransaction:
        """`with fs.transaction(repository, base) as tx`; see LakeFSTransaction."""
        made: LakeFSTransaction = super().transaction
        return made

    def atransaction(
        self,
        repository: str,
        base_branch: RefLike = "main",
        branch_name: Optional[str] = None,
        automerge: bool = True,
        delete: Cleanup = "onsuccess",
        merge_kwargs: Optional[MergeKwargs] = None,
    ) -> AsyncLakeFSTransaction:
        """A transaction for coroutines: `async with fs.atransaction(repository, base) as tx`.

        Arguments as those of `transaction`; nothing is asked before the block is entered.
        """
        return AsyncLakeFSTransaction(
            self, repository, base_branch, branch_name, automerge, delete, merge_kwargs
        )

    @cached_property
    def _lakefs_server_version(self) -> tuple[int, ...]:
        with self.wrapped_api_call():
            return tuple(int(part) for part in self.client.version.split("-")[0].split("."))

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        return (
            [strip_protocol(one) for one in path]
            if isinstance(path, list)
            else strip_protocol(path)
        )

    @staticmethod
    def split_path(path: Path) -> tuple[str, str, str]:
        """Repository, ref and path. Raises ValueError if there is no ref."""
        return split(strip_protocol(path))

    @contextmanager
    def wrapped_api_call(
        self, rpath: Optional[str] = None, message: Optional[str] = None, set_cause: bool = True
    ) -> Iterator[None]:
        """Raises OSErrors for what calls of `client` raise; the arguments are those of
        `translate_lakefs_error`.
        """
        with translated(rpath):
            try:
                yield
            except ServerException as error:
                raise translate_lakefs_error(error, rpath, message, set_cause) from (
                    error if set_cause else None
                )

    # What is there

    def info(self, path: Path, **kwargs: Any) -> ObjectInfoData:
        """What is known of a file or directory; `kwargs` go to `ls`. Raises FileNotFoundError."""
        return run(self._info(path, **kwargs))

    def exists(self, path: Path, **kwargs: Any) -> bool:
        """Whether there is a file, directory, ref or repository. Raises PermissionError."""
        return run(self._exists(path, **kwargs))

    def isdir(self, path: Path) -> bool:
        return run(self._isdir(path))

    def isfile(self, path: Path) -> bool:
        return run(self._isfile(path))

    def ls(self, path: Path, detail: bool = True, **kwargs: Any) -> Any:
        """A directory's entries, or a file's own; names alone without `detail`.

        `kwargs`: refresh (do not answer from the cache), recursive (all below, too), amount
        (entries of a page).
        At the root these are the repositories, in a repository its branches and tags.
        """
        return run(self._ls(path, detail, **kwargs))

    def find(
        self,
        path: Path,
        maxdepth: Optional[int] = None,
        withdirs: bool = False,
        detail: bool = False,
        **kwargs: Any,
    ) -> Any:
        """All files below `path` by name, as the lake has them now; a dict of entries with
        `detail`.
        """
        return run(self._find(path, maxdepth, withdirs, detail, **kwargs))

    def du(
        self,
        path: Path,
        total: bool = True,
        maxdepth: Optional[int] = None,
        withdirs: bool = False,
        **kwargs: Any,
    ) -> Any:
        """The bytes of all files below, or a dict of each file's."""
        return run(self._du(path, total, maxdepth, withdirs=withdirs, **kwargs))

    def checksum(self, path: Path) -> Optional[str]:
        """A file's checksum, mostly its MD5; None of directories and of what is not there."""
        try:
            return self.info(path).get("checksum")
        except FileNotFoundError:
            return None

    def modified(self, path: Path) -> datetime:
        """When a file was written."""
        found = run(self._file_info(strip_protocol(path)))
        return datetime.fromtimestamp(found["mtime"], tz=timezone.utc)

    def created(self, path: Path) -> datetime:
        """As `modified`: objects are never changed, only replaced."""
        return self.modified(path)

    # Bytes out

    def cat_file(
        self, path: Path, start: Optional[int] = None, end: Optional[int] = None, **kwargs: Any
    ) -> bytes:
        """A file's bytes, or those from `start` to `end`, which count from its end if negative."""
        return run(self._cat_file(path, start, end, **kwargs))

    def cat(
        self, path: Any, recursive: bool = False, on_error: str = "raise", **kwargs: Any
    ) -> Any:
        """One file's bytes, or a dict of many, read in parallel; `on_error` is raise, omit or
        return.
        """
        return run(self._cat(path, recursive, on_error, **kwargs))

    def cat_ranges(
        self,
        paths: list[Any],
        starts: Any,
        ends: Any,
        max_gap: Optional[int] = None,
        on_error: str = "return",
        **kwargs: Any,
    ) -> list[bytes]:
        """Ranges of files, read in parallel, near ones at once. Raises or returns OSErrors."""
        return run(self._cat_ranges(paths, starts, ends, max_gap, on_error=on_error, **kwargs))

    def head(self, path: Path, size: int = 1024) -> bytes:
        """A file's first bytes."""
        return self.cat_file(path, 0, size)

    def tail(self, path: Path, size: int = 1024) -> bytes:
        """A file's last bytes."""
        return self.cat_file(path, -size) if size else b""

    def get_file(
        self,
        rpath: Path,
        lpath: Path,
        callback: Callback = DEFAULT_CALLBACK,
        outfile: Any = None,
        *,
        precheck: bool = True,
        **kwargs: Any,
    ) -> None:
        """Downloads a file to `lpath`, where it appears when it is whole, or into `outfile`.

        With `precheck` nothing is done if the checksum of a file that is there already is the right
        one.
        """
        run(self._get_file(rpath, lpath, callback, outfile, precheck=precheck, **kwargs))

    def get(
        self,
        rpath: Any,
        lpath: Any,
        recursive: bool = False,
        callback: Callback = DEFAULT_CALLBACK,
        maxdepth: Optional[int] = None,
        **kwargs: Any,
    ) -> None:
        """Downloads files in parallel; `kwargs`: precheck, as for `get_file`."""
        run(self._get(rpath, lpath, recursive, callback, maxdepth, **kwargs))

    # Bytes in

    def pipe_file(
        self,
        path: Path,
        value: Any,
        mode: Literal["overwrite", "create"] = "overwrite",
        **kwargs: Any,
    ) -> None:
        """Writes a file; `kwargs`: content_type, metadata, autocommit. `create`: raises
        FileExistsError.
        """
        run(self._pipe_file(path, value, mode, **kwargs))

    def pipe(self, path: Any, value: Any = None, **kwargs: Any) -> None:
        """Writes one file, or a dict of them in parallel."""
        run(self._pipe(path, value, **kwargs))

    def put_file(
        self,
        lpath: Path,
        rpath: Path,
        callback: Callback = DEFAULT_CALLBACK,
        mode: Literal["overwrite", "create"] = "overwrite",
        *,
        precheck: bool = True,
        **kwargs: Any,
    ) -> None:
        """Uploads a file. `create`: raises FileExistsError if there is one.

        With `precheck` nothing is sent if the checksum of what is there already is the right one.
        """
        run(self._put_file(lpath, rpath, callback, mode, precheck=precheck, **kwargs))

    def put(
        self,
        lpath: Any,
        rpath: Any,
        recursive: bool = False,
        callback: Callback = DEFAULT_CALLBACK,
        maxdepth: Optional[int] = None,
        **kwargs: Any,
    ) -> None:
        """Uploads files in parallel; `kwargs` as for `put_file`."""
        run(self._put(lpath, rpath, recursive, callback, maxdepth=maxdepth, **kwargs))

    def touch(self, path: Path, truncate: bool = True, **kwargs: Any) -> None:
        """Writes an empty file. Without `truncate` raises NotImplementedError if there is one."""
        if self._lakefs_server_version < FIRST_WITH_EMPTY_OBJECTS:
            needed, have = (
                ".".join(map(str, one))
                for one in (FIRST_WITH_EMPTY_OBJECTS, self._lakefs_server_version)
            )
            raise NotImplementedError(
                f"LakeFSFileSystem.touch() is not supported by this server: it is version {have}, "
                f"and empty objects need {needed}"
            )
        if not truncate and self.exists(path):
            raise NotImplementedError("a file cannot be touched without being written anew")
        self.pipe_file(path, b"", **kwargs)

    # Copies and deletions

    def cp_file(self, path1: Path, path2: Path, **kwargs: Any) -> None:
        """Copies a file within its repository, without its bytes. Raises ValueError for another
        one.
        """
        run(self._cp_file(path1, path2, **kwargs))

    def copy(
        self,
        path1: Any,
        path2: Any,
        recursive: bool = False,
        maxdepth: Optional[int] = None,
        on_error: Optional[str] = None,
        **kwargs: Any,
    ) -> None:
        """Copies files within a repository, in parallel."""
        run(self._copy(path1, path2, recursive, on_error, maxdepth, **kwargs))

    def mv(
        self,
        path1: Any,
        path2: Any,
        recursive: bool = False,
        maxdepth: Optional[int] = None,
        **kwargs: Any,
    ) -> None:
        """Copies, then deletes."""
        if strip_protocol(path1) == strip_protocol(path2):
            return
        self.copy(path1, path2, recursive=recursive, maxdepth=maxdepth, on_error="raise")
        self.rm(path1, recursive=recursive, maxdepth=maxdepth)

    def rm_file(self, path: Path) -> None:
        """Deletes a file; none is no error."""
        self.rm(path)

    def rm(self, path: Any, recursive: bool = False, maxdepth: Optional[int] = None) -> None:
        """Deletes files; with `recursive` all below directories, down to `maxdepth`. None is no
        error.
        """
        run(self._rm(path, recursive, maxdepth=maxdepth))

    # Files

    def open(
        self,
        path: Path,
        mode: str = "rb",
        pre_sign: Optional[bool] = None,
        content_type: Optional[str] = None,
        metadata: Optional[dict[str, str]] = None,
        autocommit: bool = False,
        **kwargs: Any,
    ) -> Any:
        """A file, to read (r), write (w), or write if there is none (x), as bytes (b) or text.

        Args:
            path: The file.
            mode: r, rb, rt, w, wb, wt, x, xb or xt.
            pre_sign: As of the file system; None: as that has it.
            content_type: Of what is written.
            metadata: Of what is written.
            autocommit: Whether a transaction is to leave the file alone.
            **kwargs: compression; of text encoding, errors, newline; of reading block_size,
                cache_type, cache_options.

        Raises:
            NotImplementedError: Another mode.
            FileNotFoundError: There is nothing to read.
            FileExistsError: There is something where `x` is to write; told when the file is closed,
            too.
        """
        if mode not in ("r", "rb", "rt", "w", "wb", "wt", "x", "xb", "xt"):
            raise NotImplementedError(f"unsupported mode {mode!r}")
        path = strip_protocol(path)
        pre_sign = self.pre_sign if pre_sign is None else pre_sign
        text = {name: kwargs.pop(name) for name in TEXT_OPTIONS if name in kwargs}
        if mode.startswith("r"):
            file: Any = self._reader(path, pre_sign, **kwargs)
        else:
            if mode.startswith("x") and run(self._is_object(*split(path), path)):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
            file = LakeFSObjectWriter(
                self, path, mode[0] + "b", pre_sign, content_type, metadata, autocommit
            )
            if self._intrans and not autocommit:
                self.transaction.files.append(file)
        if kwargs.get("compression") is not None:
            from fsspec.compression import compr
            from fsspec.core import get_compression

            compression = get_compression(path, kwargs["compression"])
            if compression is not None:
                view = compr[compression](file, mode=mode[0] + "b")
                file = Compressed(view, file, mode[0] + "b")
        return file if mode.endswith("b") else TextFile(file, mode[0], **text)

    def _reader(
        self,
        path: str,
        pre_sign: Optional[bool],
        block_size: Any = None,
        cache_type: str = "lake",
        cache_options: Optional[dict[str, Any]] = None,
        **_: Any,
    ) -> LakeFSObjectReader[Any]:
        info = run(self._file_info(path))
        return LakeFSObjectReader(self, path, info, pre_sign, block_size, cache_type, cache_options)

    def _open(self, path: str, mode: str = "rb", **kwargs: Any) -> Any:
        return self.open(path, mode, **kwargs)

    def _write_small(self, file: LakeFSObjectWriter[Any], body: bytes) -> None:
        """Of a writer that closes: what it held goes in one request."""
        arguments, options = file._arguments, file._options
        if not self._pipelined(file.path, arguments, body, options, file._autocommit):
            run(self._upload(file.path, arguments, body, options))

    async def open_async(self, path: Path, mode: str = "rb", **kwargs: Any) -> Any:
        """A file whose read, write and close are awaited."""
        from mere_spec._async_file import AsyncReader, AsyncWriter

        if mode not in ("rb", "wb", "xb") or kwargs.get("compression"):
            raise ValueError(
                f"open_async knows the modes rb, wb and xb without compression, not {mode!r}"
            )
        path = strip_protocol(path)
        if mode == "rb":
            return AsyncReader(self, path, await self._file_info(path))
        return AsyncWriter(self, path, mode, kwargs.get("content_type"), kwargs.get("metadata"))

    def sign(self, path: Path, expiration: int = 100, **kwargs: Any) -> str:
        """An address of the object store that needs no credentials for a while; the lake says how
        long.
        """
        name = strip_protocol(path)
        call = self._call(operations.STAT_OBJECT, (*split(name), False, True), path=name)
        return str(run(call).physical_address)


# Who imports this class means it by both names, whatever else is installed and however this is.
for _protocol in ("lakefs", "mere"):
    register_implementation(_protocol, LakeFSFileSystem, clobber=True)
