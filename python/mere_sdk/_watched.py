"""A dict that tells when it is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping


class WatchedDict(MutableMapping[str, str]):
    """Calls `changed` after each change, so that nobody has to compare."""

    def __init__(self, values: Mapping[str, str], changed: Callable[[], object]) -> None:
        self._values = dict(values)
        self._changed = changed

    def __getitem__(self, key: str) -> str:
        return self._values[key]

    def __setitem__(self, key: str, value: str) -> None:
        self._values[key] = value
        self._changed()

    def __delitem__(self, key: str) -> None:
        del self._values[key]
        self._changed()

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)
