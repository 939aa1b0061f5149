"""What an upload sends, without the sending."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Optional

from mere.exceptions import (
    LakeFSException,
    ObjectExistsException,
    ServerException,
    header,
    io_exception_handler,
)

METADATA_PREFIX = "x-lakefs-meta-"
STREAM_AFTER = 1024 * 1024  # octets; up to here an upload is one plain request
DEFAULT_TYPE = "application/octet-stream"
WRITE_MODES = ("x", "xb", "w", "wb")
READ_MODES = ("r", "rb")


def check_write_mode(mode: str) -> None:
    if mode not in WRITE_MODES:
        raise ValueError(f"invalid write mode: {mode!r}, not one of {', '.join(WRITE_MODES)}")


def check_read_mode(mode: str) -> None:
    if mode not in READ_MODES:
        raise ValueError(f"invalid read mode: {mode!r}, not one of {', '.join(READ_MODES)}")


def octets(data: Any) -> Any:
    """Text as UTF-8; bytes-like as it is. Raises TypeError for None, which is no empty object."""
    if data is None:
        raise TypeError("an object is written from str or bytes, not None")
    return data.encode("utf-8") if isinstance(data, str) else data


def upload_arguments(
    repository: str, branch: str, path: str, mode: str, kwargs: dict[str, Any]
) -> tuple[Any, ...]:
    """Of the operation uploadObject: repository, branch, path, if_none_match, if_match,
    storage_class, force.
    """
    return (
        repository,
        branch,
        path,
        if_absent(mode) or kwargs.get("if_none_match"),
        kwargs.get("if_match"),
        kwargs.get("storage_class"),
        kwargs.get("force"),
    )


def if_absent(mode: str) -> Optional[str]:
    """The condition of a mode with `x`."""
    return "*" if mode.startswith("x") else None


def timeout_of(kwargs: dict[str, Any]) -> dict[str, Any]:
    """What of an upload's keywords the requests for a pre-signed one take."""
    return {key: kwargs[key] for key in ("_request_timeout",) if key in kwargs}


def upload_options(
    content_type: Optional[str], metadata: Optional[dict[str, str]], kwargs: dict[str, Any]
) -> Any:
    """Raw octets, not a form, with the metadata as headers."""
    from mere_sdk._native import CallOptions

    timeout = kwargs.get("_request_timeout")
    connect = None
    if isinstance(timeout, tuple):
        connect, timeout = timeout
    headers = [(METADATA_PREFIX + key, value) for key, value in (metadata or {}).items()]
    return CallOptions(
        headers=headers,
        content_type=content_type or DEFAULT_TYPE,
        timeout=timeout,
        connect_timeout=connect,
    )


def upload_error(mode: str) -> Any:
    """The handler of an upload's errors: 412 in a mode with `x` is "exists already"."""

    def handle(error: LakeFSException) -> Optional[LakeFSException]:
        if isinstance(error, ServerException) and error.status_code == 412 and mode.startswith("x"):
            made = ObjectExistsException(error.status_code, error.reason, None, error.headers)
            made.body = error.body
            return made
        return io_exception_handler(error)

    return handle


def presigned_headers(
    content_type: Optional[str], size: int, blockstore_type: str
) -> dict[str, str]:
    headers = {"Content-Length": str(size)}
    if content_type:
        headers["Content-Type"] = content_type
    if blockstore_type == "azure":
        headers["x-ms-blob-type"] = "BlockBlob"
    return headers


def stored_checksum(headers: Any) -> str:
    """What the store says that it has: `Content-MD5` in hex, else the `ETag`."""
    md5 = header(headers, "Content-MD5")
    if md5:
        try:
            return base64.b64decode(md5, validate=True).hex()
        except binascii.Error:
            pass
    return (header(headers, "ETag") or "").strip(' "')


def staging_metadata(
    location: Any,
    size: int,
    checksum: str,
    content_type: Optional[str],
    metadata: Optional[dict[str, str]],
) -> Any:
    from mere_sdk import StagingMetadata

    return StagingMetadata(
        staging=location,
        size_bytes=size,
        checksum=checksum,
        user_metadata=metadata,
        content_type=content_type,
        mtime=None,
    )
