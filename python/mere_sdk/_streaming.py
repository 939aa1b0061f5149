"""Objects as streams: bounded memory, whatever their size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mere_sdk import _operations as operations
from mere_sdk._native import BodyPipe

if TYPE_CHECKING:
    import os
    from typing_extensions import Buffer
    from types import TracebackType

    from mere_sdk._native import BodyStream, PendingCall
    from mere_sdk.api_client import ApiClient
    from mere_sdk.models.object_stats import ObjectStats


class Streams:
    """What a client can do with the bytes of objects beside reading and writing them whole."""

    _api: ApiClient

    def stream_object(
        self,
        repository: str,
        ref: str,
        path: str,
        *,
        range: str | None = None,
        presign: bool | None = None,
    ) -> BodyStream:
        """An object's bytes as they come. Close the stream if it is not read to its end.

        Args:
            repository: The repository.
            ref: A branch, tag, commit id or an expression of them.
            path: The object's path.
            range: Only these bytes: `bytes=a-b`, `bytes=a-` or `bytes=-n`.
            presign: Read from the object store itself, where it can.

        Raises:
            NotFoundException: There is no such object.
            ApiException: Another refusal.
        """
        arguments = (repository, ref, path, range, None, presign)
        return self._api.session.stream(operations.GET_OBJECT, arguments)

    def download_object(
        self, repository: str, ref: str, path: str, to: str | os.PathLike[str]
    ) -> int:
        """An object's bytes straight into a file, which appears only when it is whole.

        Args:
            repository: The repository.
            ref: A branch, tag, commit id or an expression of them.
            path: The object's path.
            to: The file's path.

        Returns:
            The size in bytes.
        """
        import os

        stream = self.stream_object(repository, ref, path)
        try:
            return stream.write_to(os.fspath(to))
        finally:
            stream.close()

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
        """Writes an object while it is made.

        >>> with client.upload_stream("repo", "main", "big.csv") as out:
        ...     for line in lines:
        ...         out.write(line)
        >>> out.stats.size_bytes

        If the block raises, the lake keeps nothing.

        Args:
            repository: The repository.
            branch: The branch.
            path: The object's path.
            if_none_match: `*`: only if there is nothing at the path.
            if_match: Only if the object has this `ETag`.
            force: Also in a read-only repository.
        """
        arguments = (repository, branch, path, if_none_match, if_match, None, force)
        return UploadStream(self._api, arguments)


class UploadStream:
    """An object being written. It is there once the `with` block is left, or `close` was called.

    Attributes:
        stats: What is known about the object, after that.
    """

    stats: ObjectStats

    def __init__(self, api_client: ApiClient, arguments: tuple[Any, ...]) -> None:
        self._pipe = BodyPipe()
        self._call: PendingCall | None = api_client.session.start(
            operations.UPLOAD_OBJECT, arguments, self._pipe
        )

    def write(self, data: Buffer) -> int:
        """Waits while too much is on its way.

        Returns:
            The number of bytes, which is that of `data`.

        Raises:
            ApiException: The lake refused the object.
        """
        try:
            self._pipe.write(data)
        except BrokenPipeError:
            self.close()  # raises what ended the request
            raise
        return memoryview(data).nbytes

    def close(self) -> None:
        """Ends the object and waits until the lake has it.

        Raises:
            ApiException: The lake refused the object.
        """
        call, self._call = self._call, None
        if call is not None:
            self._pipe.close()
            self.stats = call.result()

    def abort(self) -> None:
        """Gives up: the lake keeps nothing."""
        call, self._call = self._call, None
        if call is not None:
            self._pipe.abort()
            call.cancel()

    def __enter__(self) -> UploadStream:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type is None:
            self.close()
        else:
            self.abort()
