"""A large object straight to the store, in parts that travel side by side, where the server gives out
addresses for them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from mere._writing import stored_checksum
from mere.exceptions import handle_http_error, header
from mere.models import ServerStorageConfiguration

if TYPE_CHECKING:
    from mere_sdk import (
        AbortPresignMultipartUpload,
        CompletePresignMultipartUpload,
        ObjectStats,
        PresignMultipartUpload,
        UploadPart,
    )
    from mere_sdk._native import Response

WORTH_IT = 64 * 1024 * 1024  # octets; what is smaller is one request
SMALLEST_PART = 8 * 1024 * 1024
MOST_PARTS = 10_000  # as S3 has it
PARALLEL = 4


def are_worth_it(size: int, mode: str, storage: ServerStorageConfiguration) -> bool:
    """Whether an object should go in parts. With a condition it cannot."""
    return (
        size >= WORTH_IT and not mode.startswith("x") and bool(storage.pre_sign_multipart_upload)
    )


class PartsUpload(NamedTuple):
    """One object on its way: a file's first `size` octets."""

    repository: str
    branch: str
    path: str
    file: Any
    size: int
    content_type: Optional[str]
    metadata: Optional[Mapping[str, str]]
    keywords: dict[str, Any]  # of each call

    @property
    def _part_size(self) -> int:
        return max(SMALLEST_PART, -(-self.size // MOST_PARTS))

    @property
    def _count(self) -> int:
        return -(-self.size // self._part_size)

    def _octets(self, index: int) -> bytes:
        offset = index * self._part_size
        wanted = min(self._part_size, self.size - offset)
        found = os.pread(self.file.fileno(), wanted, offset)
        if len(found) != wanted:
            raise OSError(f"{self.path}: what was kept of it became shorter")
        return found

    def _whole(
        self, begun: PresignMultipartUpload, parts: list[UploadPart]
    ) -> CompletePresignMultipartUpload:
        from mere_sdk import CompletePresignMultipartUpload

        return CompletePresignMultipartUpload(
            physical_address=begun.physical_address,
            parts=parts,
            user_metadata=dict(self.metadata) if self.metadata else None,
            content_type=self.content_type,
        )

    # Waiting

    def run(self, sdk: Any) -> ObjectStats:
        """The object appears when all parts are there; after an error nothing has, and the parts
        are given up.
        """
        from concurrent.futures import ThreadPoolExecutor

        api = sdk.experimental_api
        target = (self.repository, self.branch)
        begun = api.create_presign_multipart_upload(
            *target, self.path, parts=self._count, **self.keywords
        )

        def send(index: int) -> UploadPart:
            address = _given_address(begun, index)
            if address is None:
                address = api.upload_part(
                    *target, begun.upload_id, self.path, index + 1, _to(begun), **self.keywords
                ).presigned_url
            session = api.api_client.session
            return _sent(index, session.request("PUT", address, (), self._octets(index)))

        try:
            with ThreadPoolExecutor(PARALLEL) as pool:
                parts = list(pool.map(send, range(self._count)))
            stats: ObjectStats = api.complete_presign_multipart_upload(
                *target, begun.upload_id, self.path, self._whole(begun, parts), **self.keywords
            )
        except BaseException:
            try:
                api.abort_presign_multipart_upload(
                    *target, begun.upload_id, self.path, _given_up(begun), **self.keywords
                )
            except Exception:  # the error that led here matters more
                _log_left_parts(self.path)
            raise
        return stats

    # Awaiting

    async def run_async(self, sdk: Any) -> ObjectStats:
        """The same, awaited."""
        import asyncio

        api = sdk.experimental_api
        target = (self.repository, self.branch)
        begun = await api.create_presign_multipart_upload(
            *target, self.path, parts=self._count, **self.keywords
        )
        at_a_time = asyncio.Semaphore(PARALLEL)

        async def send(index: int) -> UploadPart:
            async with at_a_time:
                address = _given_address(begun, index)
                if address is None:
                    to = await api.upload_part(
                        *target, begun.upload_id, self.path, index + 1, _to(begun), **self.keywords
                    )
                    address = to.presigned_url
                session = api.api_client.session
                octets = self._octets(index)
                return _sent(index, await session.request_async("PUT", address, (), octets))

        sending = [asyncio.ensure_future(send(index)) for index in range(self._count)]
        try:
            parts = await asyncio.gather(*sending)
            stats: ObjectStats = await api.complete_presign_multipart_upload(
                *target, begun.upload_id, self.path, self._whole(begun, parts), **self.keywords
            )
        except BaseException:
            for one in sending:
                one.cancel()
            await asyncio.gather(*sending, return_exceptions=True)
            try:
                await api.abort_presign_multipart_upload(
                    *target, begun.upload_id, self.path, _given_up(begun), **self.keywords
                )
            except Exception:
                _log_left_parts(self.path)
            raise
        return stats


def _given_address(begun: PresignMultipartUpload, index: int) -> Optional[str]:
    """Some servers give all addresses at the beginning."""
    given = begun.presigned_urls or ()
    return given[index] if index < len(given) else None


def _to(begun: PresignMultipartUpload) -> Any:
    from mere_sdk import UploadPartFrom

    return UploadPartFrom(physical_address=begun.physical_address)


def _given_up(begun: PresignMultipartUpload) -> AbortPresignMultipartUpload:
    from mere_sdk import AbortPresignMultipartUpload

    return AbortPresignMultipartUpload(physical_address=begun.physical_address)


def _sent(index: int, answer: Response) -> UploadPart:
    from mere_sdk import UploadPart

    handle_http_error(answer)
    # Azure answers a part with its MD5 instead, an emulator of it with neither. Whether an ETag is
    # needed, the server knows.
    etag = header(answer.headers, "ETag") or stored_checksum(answer.headers)
    return UploadPart(part_number=index + 1, etag=etag)


def _log_left_parts(path: str) -> None:
    import logging

    logging.getLogger(__name__).warning(
        "the parts of %s, whose upload failed, could not be given up", path
    )
