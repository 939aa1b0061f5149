"""Listings for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Optional, TypeVar

from mere._listing import FirstRows
from mere._paging import Paging, native_paging
from mere.aio.client import Client
from mere.exceptions import api_exception_handler

if TYPE_CHECKING:
    from mere_sdk._native import Kind
    from mere_sdk.aio.client import LakeFSClient

    RecordKind = Callable[[], Kind]

T = TypeVar("T")

Pick = Callable[["LakeFSClient"], Callable[..., Awaitable[Any]]]


class Listing(FirstRows[T], AsyncIterator[T]):
    """An async iterator, which asks as `mere.Listing` does. A notebook shows what it has asked for."""

    def __init__(self, pages: AsyncIterator[Sequence[T]]) -> None:
        super().__init__()
        self._pages = pages
        self._items = self._run()

    async def _run(self) -> AsyncIterator[T]:
        async for page in self._pages:
            for item in self._saw(page):
                yield item

    def __aiter__(self) -> AsyncIterator[T]:
        return self._items  # the same for all who ask, and faster than calls of __anext__

    async def __anext__(self) -> T:
        return await self._items.__anext__()


def listing(
    client: Client,
    make: Callable[[Any], T],
    pick: Pick,
    *args: Any,
    record: Optional[RecordKind] = None,
    **kwargs: Any,
) -> Listing[T]:
    """A listing of the generated client that `pick` names, each item made into something of this
    package: by `make`, or by the core as `record` says.
    """
    return Listing(pages(client, pick, *args, make=make, record=record, **kwargs))


async def pages(
    client: Client,
    pick: Pick,
    *args: Any,
    max_amount: Optional[int] = None,
    make: Optional[Callable[[Any], Any]] = None,
    record: Optional[RecordKind] = None,
    **kwargs: Any,
) -> AsyncIterator[Sequence[Any]]:
    """The pages of such a listing; without `make`, of the generated client's models."""
    with api_exception_handler():
        method = pick(await client._sdk())
        native = native_paging(method, args, kwargs, max_amount)
    if native is None:
        paging = Paging(max_amount, kwargs)
        while paging.more:
            with api_exception_handler():
                models = paging.take(await method(*args, **paging.arguments))
            yield models if make is None else [*map(make, models)]
        return
    begun = native.begin(await client._native(), record and record())
    while True:
        with api_exception_handler():
            await client._native()  # renews a role's token that is due
            page = await begun.next_async()
        if page is None:
            return
        yield page if make is None or record else [*map(make, page)]
