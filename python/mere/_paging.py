"""How listings go from page to page, without the requests themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

if TYPE_CHECKING:
    from mere_sdk._native import Kind, Operation, Pages, Session

_CAPITAL = re.compile("[A-Z]")
PAGE = 1000  # the most that a server answers with


def wanted(max_amount: Optional[int]) -> Optional[int]:
    """How many items: at least one whatever `max_amount` says, as callers of the model are used
    to.
    """
    return None if max_amount is None else max(max_amount, 1)


class Paging:
    """The state of one listing: the arguments of the next request, and how much of its page is
    wanted.
    """

    def __init__(self, max_amount: Optional[int], arguments: dict[str, Any]) -> None:
        self.more = True
        self.arguments = arguments
        self._left = wanted(max_amount)
        if arguments.get("amount") is None:
            arguments["amount"] = PAGE if self._left is None else min(PAGE, self._left)

    def take(self, page: Any) -> Sequence[Any]:
        """What of this page belongs to the listing."""
        self.more = page.pagination.has_more
        self.arguments["after"] = page.pagination.next_offset
        results: Sequence[Any] = page.results
        if self._left is not None:
            results = results[: self._left]
            self._left -= len(results)
            self.more = self.more and self._left > 0
        return results


class NativePaging(NamedTuple):
    """The same listing, its pages asked for ahead and its items made by the core."""

    operation: Operation
    arguments: tuple[Any, ...]
    limit: Optional[int]

    def begin(self, session: Session, items: Optional[Kind] = None) -> Pages:
        """Nothing is asked yet. Raises ValidationError."""
        from mere_sdk._api import wrong_argument
        from mere_sdk._native import ArgumentError

        try:
            return session.pages(self.operation, self.arguments, items, limit=self.limit)
        except ArgumentError as error:
            raise wrong_argument(self.operation, error) from None


def is_generated(method: Any) -> bool:
    """Whether a method of the generated client is its own, and nothing that a program has put in
    its place.
    """
    function = getattr(method, "__func__", None)
    module: str = getattr(function, "__module__", None) or ""
    return module.startswith("mere_sdk.") and not hasattr(function, "__wrapped__")


def native_paging(
    method: Callable[..., Any],
    args: Sequence[Any],
    keywords: dict[str, Any],
    max_amount: Optional[int],
) -> Optional[NativePaging]:
    """How the core does what `method` of the generated client would be called for.

    None where only the method will do: a program has replaced it (a counter, a tracer, a mock), or
    there are keywords that are none of its parameters.
    """
    if not is_generated(method):
        return None
    from mere_sdk import _operations

    operation: Operation = getattr(_operations, method.__name__.upper())
    limit = wanted(max_amount)
    names = [_CAPITAL.sub(lambda letter: "_" + letter[0].lower(), n) for n in operation.parameters]
    values: dict[str, Any] = {"amount": PAGE if limit is None else min(PAGE, limit)}
    values.update(zip(names, args, strict=False))
    values.update((name, value) for name, value in keywords.items() if value is not None)
    if not values.keys() <= set(names):
        return None
    arguments = tuple(map(values.get, names))
    return NativePaging(operation, arguments, limit)
