"""Logic that waits for the lake, written once for both kinds of callers.

Its coroutines await either futures of a loop or what is there already. The async classes await
them; those of the sync classes never suspend, so `at_once` runs them like plain calls.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that awaits nothing but what is there already."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise RuntimeError("a synchronous call would have to wait for an event loop")


async def settled(value: Any) -> Any:
    """`value`, awaited if it is a future."""
    return await value if hasattr(value, "__await__") else value
