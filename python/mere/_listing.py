"""What a listing answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Generic, Optional, TypeVar

T = TypeVar("T")


class FirstRows(Generic[T]):
    """What a notebook shows of a listing: its first page's first rows, whatever has been taken from
    it since.
    """

    def __init__(self) -> None:
        self._first: Optional[Sequence[T]] = None

    def _saw(self, page: Sequence[T]) -> Sequence[T]:
        if self._first is None:
            self._first = page
        return page

    def _repr_html_(self) -> str:
        from mere import _html

        return _html.listing(self._first)


class Listing(FirstRows[T], Iterator[T]):
    """An iterator. The first page is asked for when it is needed; from then on the next one is on
    its way while the last is looked at.
    """

    def __init__(self, pages: Iterator[Sequence[T]]) -> None:
        super().__init__()
        self._pages = pages
        self._ahead: deque[Sequence[T]] = deque()  # what was shown before it was taken
        self._items = chain.from_iterable(self._run())

    def _run(self) -> Iterator[Sequence[T]]:
        while (
            page := self._ahead.popleft() if self._ahead else next(self._pages, None)
        ) is not None:
            yield self._saw(page)

    def __iter__(self) -> Iterator[T]:
        return self._items  # the same for all who ask, and faster than calls of __next__

    def __next__(self) -> T:
        return next(self._items)

    def _repr_html_(self) -> str:
        if self._first is None:
            self._ahead.append(self._saw(next(self._pages, [])))
        return super()._repr_html_()


def rows_of(items: Iterable[Any]) -> list[dict[str, Any]]:
    """Items as rows of a table: records by their fields, refs and repositories by their names."""
    return [item._known() if hasattr(item, "_known") else {"id": item.id} for item in items]
