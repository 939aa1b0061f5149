"""How listings go from page to page, without the requests themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

PAGE = 1000  # the most that a server answers with


class Paging:
    """The state of one listing: the arguments of the next request, and how much of its page is
    wanted.
    """

    def __init__(self, max_amount: Optional[int], arguments: dict[str, Any]) -> None:
        self.more = True
        self.arguments = arguments
        # At least one is answered whatever `max_amount` says: what callers of the model are used
        # to.
        self._left = None if max_amount is None else max(max_amount, 1)
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
