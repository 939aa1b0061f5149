"""The dicts that go in and out."""

from __future__ import annotations

from typing import Any, Literal, TypedDict, Union

ObjectType = Literal["file", "directory"]


class _Named(TypedDict):
    type: ObjectType
    name: str


# By call, for the key with a dash.
_Details = TypedDict(
    "_Details",
    {
        "size": Union[int, None],
        "checksum": Union[str, None],
        "content-type": Union[str, None],
        "mtime": Union[int, None],
        "metadata": Union[dict[str, str], None],
    },
    total=False,
)


class ObjectInfoData(_Named, _Details):
    """What `info` and `ls` tell: of a directory `type`, `name` and `size`; of a file all of it.

    `name` is `repository/ref/path`, of a directory in a listing with a slash at its end; `size` is
    in bytes, `mtime`
    in seconds since 1970. Listings leave out `metadata`.
    """


class RequestConfig(TypedDict, total=False):
    """What every request of a file system has of its own."""

    headers: dict[str, Any]
    content_type: str
    request_auth: str
    request_timeout: Union[int, tuple[int, int]]  # seconds; or to connect, and to be answered
    preload_content: bool
    return_http_data_only: bool


class MergeKwargs(TypedDict, total=False):
    """How a merge is done."""

    message: str
    metadata: dict[str, str]
    strategy: Literal["dest-wins", "source-wins"]
    force: bool
    allow_empty: bool
    squash_merge: bool
