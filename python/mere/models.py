"""What repositories, commits, changes and objects look like."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Optional

from mere.namedtuple import LenientNamedTuple

_COMMON_PREFIX = "common_prefix"
_OBJECT = "object"


class Commit(LenientNamedTuple):
    """A commit. `creation_date` is in Unix seconds."""

    id: str
    parents: list[str]
    committer: str
    message: str
    creation_date: int
    meta_range_id: str
    metadata: Optional[dict[str, str]] = None

    def _repr_html_(self) -> str:
        from mere import _html

        return _html.record("Commit", self._known())


class Change(LenientNamedTuple):
    """One difference between two refs. `size_bytes` is that of the newer side, if known."""

    type: Literal["added", "removed", "changed", "conflict", "prefix_changed"]
    path: str
    path_type: Literal["common_prefix", "object"]
    size_bytes: Optional[int]

    def __repr__(self) -> str:
        return f'Change(type="{self.type}", path="{self.path}", path_type="{self.path_type}")'

    def _repr_html_(self) -> str:
        from mere import _html

        return _html.record("Change", self._known())


class ImportStatus(LenientNamedTuple):
    """How far an import is. A failed one has `error` and never becomes `completed`."""

    class _Error(LenientNamedTuple):
        message: str

    completed: bool
    update_time: datetime
    ingested_objects: Optional[int]
    metarange_id: Optional[str]
    commit: Optional[Commit]
    error: Optional[_Error]

    def __init__(self, **kwargs: Any) -> None:
        commit = kwargs.get("commit")
        if isinstance(commit, dict):
            kwargs["commit"] = Commit(**commit)
        error = kwargs.get("error")
        if isinstance(error, dict):
            kwargs["error"] = ImportStatus._Error(**error)
        super().__init__(**kwargs)


class ServerStorageConfiguration(LenientNamedTuple):
    """One storage of the server."""

    blockstore_id: str
    blockstore_type: str
    pre_sign_support: bool
    import_support: bool
    blockstore_namespace_example: str
    blockstore_namespace_validity_regex: str
    pre_sign_support_ui: bool
    import_validity_regex: str
    default_namespace_prefix: Optional[str] = None
    pre_sign_multipart_upload: Optional[bool] = None


class ObjectInfo(LenientNamedTuple):
    """What is known of an object. `mtime` is in Unix seconds, `checksum` usually an MD5 in hex."""

    path: str
    physical_address: str
    checksum: str
    mtime: int
    physical_address_expiry: Optional[int] = None
    size_bytes: Optional[int] = None
    metadata: Optional[dict[str, str]] = None
    content_type: Optional[str] = None

    def __repr__(self) -> str:
        return f'ObjectInfo(path="{self.path}")'

    def _repr_html_(self) -> str:
        from mere import _html

        return _html.record("Object", self._known())


class CommonPrefix(LenientNamedTuple):
    """A "folder" of a listing with a delimiter."""

    path: str

    def __repr__(self) -> str:
        return f'CommonPrefix(path="{self.path}")'


class RepositoryProperties(LenientNamedTuple):
    """A repository's record. `creation_date` is in Unix seconds."""

    id: str
    creation_date: int
    default_branch: str
    storage_namespace: str
    storage_id: str


def entry_of(stats: Any) -> ObjectInfo | CommonPrefix:
    """A listing's item: an object or a common prefix."""
    return ObjectInfo._of(stats) if stats.path_type == _OBJECT else CommonPrefix._of(stats)


def import_status_of(status: Any) -> ImportStatus:
    return ImportStatus(
        completed=status.completed,
        update_time=status.update_time,
        ingested_objects=status.ingested_objects,
        metarange_id=status.metarange_id,
        commit=None if status.commit is None else Commit._of(status.commit),
        error=None if status.error is None else ImportStatus._Error._of(status.error),
    )
