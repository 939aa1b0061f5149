"""Uploads of a transaction that are under way, for asyncio."""

from __future__ import annotations

import asyncio
from typing import Any

from mere._pipeline import Window
from mere.exceptions import api_exception_handler


class Pipeline:
    """As `mere._pipeline.Pipeline`."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._window = Window()

    async def start(
        self,
        session: Any,
        operation: Any,
        arguments: tuple[Any, ...],
        body: bytes,
        options: Any,
        handler: Any,
    ) -> None:
        path = arguments[2]
        async with self._lock:
            while self._window.calls and self._window.must_wait(path, len(body)):
                await self._end_oldest()
            self._window.raise_first()
            self._window.add(
                path, len(body), session.call_async(operation, arguments, body, options), handler
            )

    async def wait(self) -> None:
        """All have ended; errors are kept for later."""
        async with self._lock:
            while self._window.calls:
                await self._end_oldest()

    async def finish(self) -> None:
        """All have ended well. Raises the first error."""
        await self.wait()
        self._window.raise_first()

    async def _end_oldest(self) -> None:
        call, handler = self._window.take_oldest()
        try:
            with api_exception_handler(handler):
                await call
        except Exception as error:
            self._window.keep(error)
