"""Imports: objects that stay where they are and become part of a branch."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Optional, TypeVar

from mere.client import Client, _BaseLakeFSObject
from mere.exceptions import ImportManagerException, api_exception_handler
from mere.models import _COMMON_PREFIX, _OBJECT, ImportStatus, import_status_of

if TYPE_CHECKING:
    from mere_sdk import ImportCreation, ImportLocation

_POLL_INTERVAL = timedelta(seconds=2)
Self = TypeVar("Self", bound="ImportSources")


class ImportSources:
    """What an import takes, and how far it is: what the manager and its async twin share."""

    def __init__(self, commit_message: str, commit_metadata: Optional[dict[str, str]]) -> None:
        self.commit_message = commit_message
        self.commit_metadata = commit_metadata
        self.sources: list[ImportLocation] = []
        self._import_id: Optional[str] = None
        self._in_progress = False

    @property
    def import_id(self) -> Optional[str]:
        """The import's id once it has started."""
        return self._import_id

    def prefix(self: Self, object_store_uri: str, destination: str) -> Self:
        """Adds everything below an address of the store; it will lie below `destination`."""
        self._append_source(_COMMON_PREFIX, object_store_uri, destination)
        return self

    def object(self: Self, object_store_uri: str, destination: str) -> Self:
        """Adds one object of the store under the path `destination`."""
        self._append_source(_OBJECT, object_store_uri, destination)
        return self

    def _append_source(self, kind: str, path: str, destination: str) -> None:
        from mere_sdk import ImportLocation

        if self._import_id is not None:
            raise ImportManagerException(
                "Cannot add additional sources to an already started import"
            )
        self.sources.append(ImportLocation(type=kind, path=path, destination=destination))

    def _creation(self) -> ImportCreation:
        from mere_sdk import CommitCreation, ImportCreation

        if self._in_progress:
            raise ImportManagerException("Import in progress")
        if self._import_id is not None:
            raise ImportManagerException("Import Manager can only be used once")
        commit = CommitCreation(
            message=self.commit_message, metadata=self.commit_metadata, allow_empty=False, date=None
        )
        return ImportCreation(paths=self.sources, commit=commit)

    def _started(self) -> str:
        if self._import_id is None:
            raise ImportManagerException("No import in progress")
        return self._import_id


def raise_if_failed(status: Any) -> None:
    if not status.completed and status.error is not None:
        raise ImportManagerException(f"Import Error: {status.error.message}")


class ImportManager(ImportSources, _BaseLakeFSObject):
    """One import into a branch.

    status = branch.import_data("raw data").prefix("s3://bucket/raw/", destination="raw/").run()
    """

    def __init__(
        self,
        repository_id: str,
        branch_id: str,
        commit_message: str = "",
        commit_metadata: Optional[dict[str, str]] = None,
        client: Optional[Client] = None,
    ) -> None:
        ImportSources.__init__(self, commit_message, commit_metadata)
        _BaseLakeFSObject.__init__(self, client)
        self._repo_id = repository_id
        self._branch_id = branch_id

    def start(self) -> str:
        """Begins the import and answers its id.

        Raises ImportManagerException if it began before, NotFoundException, NotAuthorizedException.
        """
        creation = self._creation()
        with api_exception_handler():
            started = self._client.sdk_client.import_api.import_start(
                repository=self._repo_id, branch=self._branch_id, import_creation=creation
            )
        import_id: str = started.id
        self._import_id, self._in_progress = import_id, True
        return import_id

    def wait(self, poll_interval: Optional[timedelta] = _POLL_INTERVAL) -> ImportStatus:
        """Asks every `poll_interval` until the import is complete.

        Raises ImportManagerException if it failed or was not started.
        """
        self._started()
        interval = _POLL_INTERVAL if poll_interval is None else poll_interval
        while True:
            time.sleep(interval.total_seconds())
            status = self._ask()
            raise_if_failed(status)
            if status.completed:
                self._in_progress = False
                return import_status_of(status)

    def run(self, poll_interval: Optional[timedelta] = None) -> ImportStatus:
        """`start`, then `wait`."""
        self.start()
        return self.wait(poll_interval)

    def cancel(self) -> None:
        """Ends the import. Raises ConflictException if it is complete."""
        import_id = self._started()
        with api_exception_handler():
            self._client.sdk_client.import_api.import_cancel(
                repository=self._repo_id, branch=self._branch_id, id=import_id
            )
        self._in_progress = False

    def status(self) -> ImportStatus:
        """How far it is now."""
        status = self._ask()
        if status.completed:
            self._in_progress = False
        return import_status_of(status)

    def _ask(self) -> Any:
        import_id = self._started()
        with api_exception_handler():
            return self._client.sdk_client.import_api.import_status(
                repository=self._repo_id, branch=self._branch_id, id=import_id
            )
