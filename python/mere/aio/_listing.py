"""Listings for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Optional, TypeVar

from mere._listing import FirstRows
from mere._paging import Paging
from mere.aio.client import Client
from mere.exceptions import api_exception_handler

if TYPE_CHECKING:
    from mere_sdk.aio.client import LakeFSClient

T = TypeVar("T")

Pick = Callable[["LakeFSClient"], Callable[..., Awaitable[Any]]]


class Listing(FirstRows[T], AsyncIterator[T]):
    """An async iterator that asks for a page when it needs one. A notebook shows what it has asked
    for.
    """

    def __init__(self, pages: AsyncIterator[Sequence[Any]], make: Callable[[Any], T]) -> None:
        super().__init__(make)
        self._pages = pages
        self._items = self._run()

    async def _run(self) -> AsyncIterator[T]:
        async for page in self._pages:
            for item in map(self._make, self._saw(page)):
                yield item

    def __aiter__(self) -> AsyncIterator[T]:
        return self._items  # the same for all who ask, and faster than calls of __anext__

    async def __anext__(self) -> T:
        return await self._items.__anext__()


def listing(
    client: Client, make: Callable[[Any], T], pick: Pick, *args: Any, **kwargs: Any
) -> Listing[T]:
    """A listing of the generated client that `pick` names, each item made into something of this
    package.
    """
    return Listing(pages(client, pick, *args, **kwargs), make)


async def pages(
    client: Client, pick: Pick, *args: Any, max_amount: Optional[int] = None, **kwargs: Any
) -> AsyncIterator[Sequence[Any]]:
    """The pages of such a listing."""
    paging = Paging(max_amount, kwargs)
    while paging.more:
        sdk = await client._sdk()
        with api_exception_handler():
            page = await pick(sdk)(*args, **paging.arguments)
        yield paging.take(page)
