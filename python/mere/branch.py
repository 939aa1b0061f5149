"""Branches, and transactions on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, Optional, Union

from mere import _records as records
from mere._listing import Listing
from mere._names import RefLike
from mere._pipeline import Pipeline
from mere._steps import at_once
from mere._transaction_steps import TransactionSettings, TransactionSteps
from mere.client import Client, session_of
from mere.exceptions import ConflictException, api_exception_handler, of_source, unless
from mere.import_manager import ImportManager
from mere.models import Change, Commit
from mere.object import StoredObject, WriteableObject
from mere.reference import Reference, ReferenceType, listing, ref_id
from mere.tag import Tag

if TYPE_CHECKING:
    import os


class LakeFSDeprecationWarning(Warning):
    """Something deprecated is used. Unlike DeprecationWarning it is shown by default."""


class _BaseBranch(Reference):
    """What can be done with a branch and within a transaction."""

    def object(self, path: str) -> WriteableObject:
        """The object at a path; nothing is asked yet."""
        return WriteableObject(self.repo_id, self._id, path, client=self._client)

    def uncommitted(
        self,
        max_amount: Optional[int] = None,
        after: Optional[str] = None,
        prefix: Optional[str] = None,
        **kwargs: Any,
    ) -> Listing[Change]:
        """The changes that are not committed. Raises NotFoundException, NotAuthorizedException."""
        return listing(
            self._client,
            Change._of,
            lambda sdk: sdk.branches_api.diff_branch,
            self._repo_id,
            self._id,
            record=records.changes,
            max_amount=max_amount,
            after=after,
            prefix=prefix,
            **kwargs,
        )

    def delete_objects(
        self, object_paths: Union[str, StoredObject, Iterable[Union[str, StoredObject]]]
    ) -> Any:
        """Deletes objects by path, a thousand a request; what is not there is no error.

        Answers the last request's result, whose `errors` name the paths that could not be deleted.
        """
        from mere_sdk import PathList

        result = None
        for paths in path_batches(object_paths):
            with api_exception_handler():
                result = self._client.sdk_client.objects_api.delete_objects(
                    self._repo_id, self._id, PathList(paths=paths)
                )
            if result is not None and result.errors:
                break
        return result

    def reset_changes(
        self,
        path_type: Literal["common_prefix", "object", "reset"] = "reset",
        path: Optional[str] = None,
        **kwargs: Any,
    ) -> None:
        """Takes uncommitted changes back: of one object, below a prefix, or all of them (`reset`).

        Raises ValueError for another `path_type`, NotFoundException, NotAuthorizedException.
        """
        from mere_sdk import ResetCreation

        creation = ResetCreation(path=path, type=path_type)
        with api_exception_handler():
            self._client.sdk_client.branches_api.reset_branch(
                self._repo_id, self.id, creation, **kwargs
            )

    def put_many(
        self,
        objects: Union[Mapping[str, Union[str, bytes]], Iterable[tuple[str, Union[str, bytes]]]],
        *,
        content_type: Optional[str] = None,
        metadata: Optional[dict[str, str]] = None,
        concurrency: int = 16,
        progress: Optional[bool] = None,
    ) -> int:
        """Writes many objects from memory in parallel, each under its path; how many.

        Raises the first error; the others have been written or not then.
        """
        from mere import _bulk

        session = session_of(self._client.sdk_client)
        return at_once(
            _bulk.put_many(
                self,
                session.call_many,
                objects,
                content_type=content_type,
                metadata=metadata,
                concurrency=concurrency,
                progress=progress,
            )
        )

    def upload_files(
        self,
        source: Union[str, os.PathLike[str], Iterable[Union[str, os.PathLike[str]]]],
        prefix: str = "",
        *,
        content_type: Optional[str] = None,
        concurrency: int = 16,
        progress: Optional[bool] = None,
    ) -> int:
        """Uploads a folder (with what is below it), a file, or several files, in parallel; how
        many.

        Paths are `prefix` and the file's name, or its path below the folder. The content type is
        guessed from the suffix if not given.
        """
        from mere import _bulk

        session = session_of(self._client.sdk_client)
        return at_once(
            _bulk.upload_files(
                self,
                session.upload_many,
                source,
                prefix,
                content_type=content_type,
                concurrency=concurrency,
                progress=progress,
            )
        )


class Branch(_BaseBranch):
    """A branch of a repository."""

    def __init__(self, repository_id: str, branch_id: str, client: Optional[Client] = None) -> None:
        super().__init__(repository_id, reference_id=branch_id, client=client)

    def get_commit(self) -> Commit:
        """The commit at the head now: asked for each time."""
        self._commit = None
        return super().get_commit()

    def cherry_pick(
        self, reference: ReferenceType, parent_number: Optional[int] = None, **kwargs: Any
    ) -> Commit:
        """Repeats a commit's changes here and answers the new commit.

        `parent_number` (from 1) says against which parent of a merge commit. Raises
        ConflictException, NotFoundException, NotAuthorizedException.
        """
        from mere_sdk import CherryPickCreation

        creation = CherryPickCreation(ref=ref_id(reference), parent_number=parent_number)
        with api_exception_handler():
            return Commit._of(
                self._client.sdk_client.branches_api.cherry_pick(
                    self._repo_id, self._id, creation, **kwargs
                )
            )

    def create(
        self, source_reference: ReferenceType, exist_ok: bool = False, **kwargs: Any
    ) -> Branch:
        """Makes the branch; with `exist_ok` one that exists stays as it is. `kwargs`: force,
        hidden.

        Raises ConflictException, NotFoundException, NotAuthorizedException.
        """
        from mere_sdk import BranchCreation

        creation = BranchCreation(name=self._id, source=ref_id(source_reference), **kwargs)
        source = f"lakefs://{self._repo_id}/{creation.source}"
        with api_exception_handler(of_source(source, unless(ConflictException, exist_ok))):
            self._client.sdk_client.branches_api.create_branch(self._repo_id, creation)
        return self

    @property
    def head(self) -> Reference:
        """The commit at the head now. Raises NotFoundException, NotAuthorizedException."""
        with api_exception_handler():
            found = self._client.sdk_client.branches_api.get_branch(self._repo_id, self._id)
        return Reference(self._repo_id, found.commit_id, self._client)

    def commit(
        self, message: str, metadata: Optional[dict[str, str]] = None, **kwargs: Any
    ) -> Reference:
        """Commits what is uncommitted and answers the commit. `kwargs`: date, allow_empty, force.

        Raises BadRequestException (nothing to commit), ForbiddenException (a protected branch),
        NotFoundException.
        """
        from mere_sdk import CommitCreation

        creation = CommitCreation(message=message, metadata=metadata, **kwargs)
        with api_exception_handler():
            made = self._client.sdk_client.commits_api.commit(self._repo_id, self._id, creation)
        return Reference(self._repo_id, made.id, self._client)

    def delete(self, **kwargs: Any) -> None:
        """Raises NotFoundException, ForbiddenException (protected, or the default branch)."""
        with api_exception_handler():
            self._client.sdk_client.branches_api.delete_branch(self._repo_id, self._id, **kwargs)

    def revert(
        self,
        reference: Optional[ReferenceType],
        parent_number: int = 0,
        *,
        reference_id: Optional[str] = None,
        **kwargs: Any,
    ) -> Commit:
        """Takes a commit's changes back by a new commit, which is answered.

        `parent_number` (from 1) says against which parent of a merge commit. `reference_id` is
        deprecated.
        """
        from mere_sdk import RevertCreation

        creation = RevertCreation(
            ref=reverted(reference, parent_number, reference_id),
            parent_number=parent_number,
            allow_empty=False,
        )
        with api_exception_handler():
            self._client.sdk_client.branches_api.revert_branch(
                self._repo_id, self._id, creation, **kwargs
            )
            return Commit._of(
                self._client.sdk_client.commits_api.get_commit(self._repo_id, self._id)
            )

    def import_data(
        self, commit_message: str = "", metadata: Optional[dict[str, str]] = None
    ) -> ImportManager:
        """An import into this branch, which is then given its sources and run."""
        return ImportManager(self._repo_id, self._id, commit_message, metadata, self._client)

    @contextmanager
    def transact(
        self,
        commit_message: str = "",
        commit_metadata: Optional[dict[str, str]] = None,
        delete_branch_on_error: bool = True,
        tag: Optional[str] = None,
    ) -> Iterator[_Transaction]:
        """All or nothing: what is done with the transaction is one commit, merged into this branch
        at the end.

            with branch.transact("new prices", tag="2024-06") as tx:
                tx.object("prices.csv").upload(text)

        It happens on a hidden branch, which is deleted afterwards; if the block raises nothing is
        merged. The branch is not locked: TransactionException is raised if both changed the same
        object, or nothing was changed.
        """
        with Transaction(
            self._repo_id,
            self._id,
            commit_message,
            commit_metadata,
            delete_branch_on_error,
            self._client,
            tag,
        ) as transaction:
            yield transaction


def reverted(reference: Optional[RefLike], parent_number: int, reference_id: Optional[str]) -> str:
    """Checks the arguments of `revert` and answers what is reverted."""
    if parent_number < 0:
        raise ValueError("parent_number must be a non-negative integer")
    if reference_id is not None:
        import warnings

        warnings.warn(
            "reference_id is deprecated, please use the `reference` argument.",
            LakeFSDeprecationWarning,
            stacklevel=3,
        )
        if reference is not None:
            raise ValueError("`reference_id` and `reference` both provided; use only `reference`.")
        reference = reference_id
    if not reference:
        raise ValueError("reference to revert must be specified")
    return ref_id(reference)


def path_batches(objects: Any) -> Iterator[list[str]]:
    """Paths of texts or objects in lists of at most a thousand; one empty list if there are
    none.
    """
    if isinstance(objects, str) or hasattr(objects, "path"):
        objects = [objects]
    paths = [one if isinstance(one, str) else one.path for one in objects]
    for start in range(0, max(len(paths), 1), 1000):
        yield paths[start : start + 1000]


class _Transaction(TransactionSettings, _BaseBranch):
    """What a transaction's block works with."""

    def __init__(
        self,
        repository_id: str,
        branch_id: str,
        commit_message: str = "",
        commit_metadata: Optional[dict[str, str]] = None,
        client: Optional[Client] = None,
        tag: Optional[str] = None,
    ) -> None:
        TransactionSettings.__init__(self, branch_id, commit_message, commit_metadata, tag)
        self._tx_branch = Branch(repository_id, self._get_tx_name(), client).create(
            branch_id, hidden=True
        )
        _BaseBranch.__init__(self, repository_id, self._tx_branch.id, client)
        self._pipeline = Pipeline()
        self._client._pipelines.append(self._pipeline)

    def object(self, path: str) -> WriteableObject:
        """The object at a path; its uploads overlap with others."""
        made = super().object(path)
        made._pipeline = self._pipeline
        return made

    def _end_uploads(self) -> None:
        """Waits for all uploads; later ones go their own way. Raises the first one's error."""
        if self._pipeline in self._client._pipelines:
            self._client._pipelines.remove(self._pipeline)
        self._pipeline.finish()


class Transaction(TransactionSteps):
    """A transaction as a context manager; see Branch.transact."""

    def __init__(
        self,
        repository_id: str,
        branch_id: str,
        commit_message: str = "",
        commit_metadata: Optional[dict[str, str]] = None,
        delete_branch_on_error: bool = True,
        client: Optional[Client] = None,
        tag: Optional[str] = None,
    ) -> None:
        super().__init__(
            repository_id,
            branch_id,
            commit_message,
            commit_metadata,
            delete_branch_on_error,
            client,
            tag,
        )

    def __enter__(self) -> _Transaction:
        branch, message, metadata, tag = self._settings
        self._tx = begun = _Transaction(self._repo_id, branch, message, metadata, self._client, tag)
        return begun

    def __exit__(self, typ: Any, value: Any, traceback: Any) -> Literal[False]:
        at_once(self._end(typ is not None))
        return False

    def _make_tag(self, name: str, commit_id: str) -> Tag:
        return Tag(self._repo_id, name, self._client).create(commit_id)
