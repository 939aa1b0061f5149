"""Imports, for asyncio."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Optional

from mere.aio.client import Client, HasClient
from mere.exceptions import api_exception_handler
from mere.import_manager import _POLL_INTERVAL, ImportSources, raise_if_failed
from mere.models import ImportStatus, import_status_of


class ImportManager(ImportSources, HasClient):
    """As `mere.import_manager.ImportManager`."""

    def __init__(
        self,
        repository_id: str,
        branch_id: str,
        commit_message: str = "",
        commit_metadata: Optional[dict[str, str]] = None,
        client: Optional[Client] = None,
    ) -> None:
        ImportSources.__init__(self, commit_message, commit_metadata)
        HasClient.__init__(self, client)
        self._repo_id = repository_id
        self._branch_id = branch_id

    async def start(self) -> str:
        """As `mere.import_manager.ImportManager.start`."""
        creation = self._creation()
        sdk = await self._client._sdk()
        with api_exception_handler():
            started = await sdk.import_api.import_start(
                repository=self._repo_id, branch=self._branch_id, import_creation=creation
            )
        self._import_id, self._in_progress = started.id, True
        return str(started.id)

    async def wait(self, poll_interval: Optional[timedelta] = _POLL_INTERVAL) -> ImportStatus:
        """As `mere.import_manager.ImportManager.wait`."""
        self._started()
        interval = _POLL_INTERVAL if poll_interval is None else poll_interval
        while True:
            await asyncio.sleep(interval.total_seconds())
            status = await self._ask()
            raise_if_failed(status)
            if status.completed:
                self._in_progress = False
                return import_status_of(status)

    async def run(self, poll_interval: Optional[timedelta] = None) -> ImportStatus:
        """`start`, then `wait`."""
        await self.start()
        return await self.wait(poll_interval)

    async def cancel(self) -> None:
        """As `mere.import_manager.ImportManager.cancel`."""
        import_id = self._started()
        sdk = await self._client._sdk()
        with api_exception_handler():
            await sdk.import_api.import_cancel(
                repository=self._repo_id, branch=self._branch_id, id=import_id
            )
        self._in_progress = False

    async def status(self) -> ImportStatus:
        """How far it is now."""
        status = await self._ask()
        if status.completed:
            self._in_progress = False
        return import_status_of(status)

    async def _ask(self) -> Any:
        import_id = self._started()
        sdk = await self._client._sdk()
        with api_exception_handler():
            return await sdk.import_api.import_status(
                repository=self._repo_id, branch=self._branch_id, id=import_id
            )
