"""Refs: anything that names a commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Optional, TypeVar, Union

from mere import _records as records
from mere._listing import Listing
from mere._names import RefName
from mere._names import ref_id as ref_id
from mere._paging import Paging, native_paging
from mere._steps import at_once
from mere.client import Client, _BaseLakeFSObject, session_of
from mere.exceptions import (
    CONFLICTS,
    ConflictException,
    api_exception_handler,
    is_merge_conflict,
    merge_conflict,
)
from mere.models import Change, Commit, CommonPrefix, ObjectInfo, entry_of
from mere.object import StoredObject

if TYPE_CHECKING:
    import os

    import pyarrow
    from mere_sdk._native import Kind
    from mere_sdk.client import LakeFSClient

    RecordKind = Callable[[], Kind]

T = TypeVar("T")


class Reference(RefName, _BaseLakeFSObject):
    """A ref expression of a repository: a branch, a tag, a commit id, `main~2`, `main@` (main
    without its uncommitted changes).
    """

    def __init__(
        self, repository_id: str, reference_id: str, client: Optional[Client] = None
    ) -> None:
        self._repo_id = repository_id
        self._id = reference_id
        super().__init__(client)

    def objects(
        self,
        max_amount: Optional[int] = None,
        after: Optional[str] = None,
        prefix: Optional[str] = None,
        delimiter: Optional[str] = None,
        **kwargs: Any,
    ) -> Listing[Union[ObjectInfo, CommonPrefix]]:
        """The objects, in byte order of their paths, as they are asked for.

        `prefix` and `after` (exclusive) narrow the listing; with a `delimiter` what shares a prefix
        up to it is one CommonPrefix. Raises NotFoundException, NotAuthorizedException.
        """
        return listing(
            self._client,
            entry_of,
            lambda sdk: sdk.objects_api.list_objects,
            record=records.entries,
            repository=self._repo_id,
            ref=self._id,
            max_amount=max_amount,
            after=after,
            prefix=prefix,
            delimiter=delimiter,
            **kwargs,
        )

    def objects_table(
        self,
        max_amount: Optional[int] = None,
        after: Optional[str] = None,
        prefix: Optional[str] = None,
        delimiter: Optional[str] = None,
        **kwargs: Any,
    ) -> pyarrow.Table:
        """The listing as an Arrow table with the columns path, path_type, size_bytes, mtime,
        checksum, content_type, physical_address, metadata. Needs the extra `arrow`.
        """
        from mere._tables import ListingColumns

        columns = ListingColumns()
        for page in _pages(
            self._client,
            lambda sdk: sdk.objects_api.list_objects,
            repository=self._repo_id,
            ref=self._id,
            max_amount=max_amount,
            after=after,
            prefix=prefix,
            delimiter=delimiter,
            **kwargs,
        ):
            columns.add(page)
        return columns.table()

    def read_many(
        self,
        paths: Iterable[Union[str, StoredObject]],
        *,
        concurrency: int = 16,
        on_error: str = "raise",
        progress: Optional[bool] = None,
    ) -> list[Any]:
        """The contents of many objects, read in parallel, in the order of `paths`.

        With `on_error="return"` an object that cannot be read is an exception in the list instead
        of raising it.
        """
        from mere import _bulk

        session = session_of(self._client.sdk_client)
        return at_once(
            _bulk.read_many(
                self,
                session.call_many,
                paths,
                concurrency=concurrency,
                on_error=on_error,
                progress=progress,
            )
        )

    def download(
        self,
        prefix: str,
        folder: Union[str, os.PathLike[str]],
        *,
        concurrency: int = 16,
        progress: Optional[bool] = None,
    ) -> int:
        """Writes every object below `prefix` to a file below `folder`, named by the rest of its
        path; how many.

        Each file appears whole or not at all. A path that would lie outside `folder` is refused.
        """
        from mere import _bulk

        paths = [entry.path for entry in self.objects(prefix=prefix)]
        session = session_of(self._client.sdk_client)
        return at_once(
            _bulk.download(
                self,
                session.download_many,
                paths,
                prefix,
                folder,
                concurrency=concurrency,
                progress=progress,
            )
        )

    def log(self, max_amount: Optional[int] = None, **kwargs: Any) -> Listing[Commit]:
        """The commits from here back, newest first. Raises NotFoundException,
        NotAuthorizedException.
        """
        return listing(
            self._client,
            Commit._of,
            lambda sdk: sdk.refs_api.log_commits,
            self._repo_id,
            self._id,
            record=records.commits,
            max_amount=max_amount,
            **kwargs,
        )

    def get_commit(self) -> Commit:
        """The commit, asked for once. Raises NotFoundException, NotAuthorizedException."""
        if self._commit is None:
            with api_exception_handler():
                self._commit = Commit._of(
                    self._client.sdk_client.commits_api.get_commit(self._repo_id, self._id)
                )
        return self._commit

    def diff(
        self,
        other_ref: ReferenceType,
        max_amount: Optional[int] = None,
        after: Optional[str] = None,
        prefix: Optional[str] = None,
        delimiter: Optional[str] = None,
        **kwargs: Any,
    ) -> Listing[Change]:
        """What is different in `other_ref`. Arguments as those of `objects`."""
        return listing(
            self._client,
            Change._of,
            lambda sdk: sdk.refs_api.diff_refs,
            record=records.changes,
            repository=self._repo_id,
            left_ref=self._id,
            right_ref=ref_id(other_ref),
            max_amount=max_amount,
            after=after,
            prefix=prefix,
            delimiter=delimiter,
            **kwargs,
        )

    def merge_into(self, destination_branch: ReferenceType, **kwargs: Any) -> str:
        """Merges this into a branch and answers the merge commit's id.

        `kwargs` are fields of the merge: message, metadata, strategy, force, allow_empty,
        squash_merge. Raises MergeConflictException, which is a ConflictException, if both sides
        changed the same object, NotFoundException, NotAuthorizedException.
        """
        from mere_sdk import Merge

        destination = ref_id(destination_branch)
        try:
            with api_exception_handler():
                result = self._client.sdk_client.refs_api.merge_into_branch(
                    self._repo_id, self._id, destination, merge=Merge(**kwargs)
                )
        except ConflictException as error:
            if not is_merge_conflict(error):
                raise
            changes = Reference(self._repo_id, destination, self._client).diff(self, CONFLICTS)
            found = [one.path for one in changes if one.type == "conflict"]
            raise merge_conflict(error, self._id, destination, found) from error
        reference: str = result.reference
        return reference

    def object(self, path: str) -> StoredObject:
        """The object at a path; nothing is asked yet."""
        return StoredObject(self._repo_id, self._id, path, self._client)


def listing(
    client: Client,
    make: Callable[[Any], T],
    pick: Callable[[LakeFSClient], Callable[..., Any]],
    *args: Any,
    record: Optional[RecordKind] = None,
    **kwargs: Any,
) -> Listing[T]:
    """A listing of the generated client that `pick` names, each item made into something of this
    package: by `make`, or by the core as `record` says.
    """
    return Listing(_pages(client, pick, *args, make=make, record=record, **kwargs))


def _pages(
    client: Client,
    pick: Callable[[LakeFSClient], Callable[..., Any]],
    *args: Any,
    max_amount: Optional[int] = None,
    make: Optional[Callable[[Any], Any]] = None,
    record: Optional[RecordKind] = None,
    **kwargs: Any,
) -> Iterator[Sequence[Any]]:
    with api_exception_handler():
        method = pick(client.sdk_client)
        native = native_paging(method, args, kwargs, max_amount)
    if native is None:
        for models in _generated_pages(method, args, kwargs, max_amount):
            yield models if make is None else [*map(make, models)]
        return
    pages = native.begin(session_of(client.sdk_client), record and record())
    while True:
        with api_exception_handler():
            session_of(client.sdk_client)  # renews a role's token that is due
            page = pages.next()
        if page is None:
            return
        yield page if make is None or record else [*map(make, page)]


def _generated_pages(
    func: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], max_amount: Optional[int]
) -> Iterator[Sequence[Any]]:
    paging = Paging(max_amount, kwargs)
    while paging.more:
        with api_exception_handler():
            page = func(*args, **paging.arguments)
        yield paging.take(page)


def generate_listing(
    func: Callable[..., Any], *args: Any, max_amount: Optional[int] = None, **kwargs: Any
) -> Iterator[Any]:
    """The items of a generated client's listing, page by page."""
    return chain.from_iterable(_generated_pages(func, args, kwargs, max_amount))


ReferenceType = Union[str, Reference, Commit]
