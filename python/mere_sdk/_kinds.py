"""The kinds of values that fields, parameters and bodies have.

Each checks a value and answers it, converted where that is exact: a dict becomes the model it stands
for, a tuple a list, an RFC 3339 string a datetime. `native` is what the native core calls the kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mere_sdk.exceptions import ValidationError

if TYPE_CHECKING:
    from mere_sdk import _native
    from mere_sdk._model import Model


class Mismatch(ValueError):
    """A value is not of the kind; `loc` leads to the part of it that is not."""

    def __init__(self, msg: str, loc: tuple[str | int, ...] = ()) -> None:
        super().__init__(msg)
        self.msg = msg
        self.loc = loc


class Kind:
    """A kind without limits: any plain JSON."""

    __slots__ = ()

    def check(self, value: Any) -> Any:
        return value

    def native(self) -> _native.Kind:
        return "any"


class String(Kind):
    __slots__ = ("min_length", "pattern")

    def __init__(self, *, min_length: int = 0, pattern: str = "") -> None:
        self.min_length = min_length
        self.pattern = pattern

    def check(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise Mismatch(f"must be a str, not {_type(value)}")
        if len(value) < self.min_length:
            raise Mismatch(f"must have at least {_count(self.min_length, 'character')}")
        if self.pattern:
            import re

            if not re.match(self.pattern, value):
                raise Mismatch(f"must match {self.pattern!r}, and {value!r} does not")
        return value

    def native(self) -> _native.Kind:
        return "string"


class OneOf(Kind):
    """A string that is one of an enumeration."""

    __slots__ = ("values",)

    def __init__(self, *values: str) -> None:
        self.values = values

    def check(self, value: Any) -> Any:
        if value not in self.values:
            raise Mismatch(f"must be one of {', '.join(map(repr, self.values))}, not {value!r}")
        return value

    def native(self) -> _native.Kind:
        return "string"


class Integer(Kind):
    __slots__ = ("maximum", "minimum")

    def __init__(self, *, minimum: int | None = None, maximum: int | None = None) -> None:
        self.minimum = minimum
        self.maximum = maximum

    def check(self, value: Any) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Mismatch(f"must be an int, not {_type(value)}")
        if self.minimum is not None and value < self.minimum:
            raise Mismatch(f"must be at least {self.minimum}, not {value}")
        if self.maximum is not None and value > self.maximum:
            raise Mismatch(f"must be at most {self.maximum}, not {value}")
        return value

    def native(self) -> _native.Kind:
        return "integer"


class Number(Kind):
    __slots__ = ()

    def check(self, value: Any) -> Any:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise Mismatch(f"must be a number, not {_type(value)}")
        return value

    def native(self) -> _native.Kind:
        return "number"


class Boolean(Kind):
    __slots__ = ()

    def check(self, value: Any) -> Any:
        if not isinstance(value, bool):
            raise Mismatch(f"must be a bool, not {_type(value)}")
        return value

    def native(self) -> _native.Kind:
        return "boolean"


class Time(Kind):
    """A datetime; strings of RFC 3339 and Unix seconds are converted."""

    __slots__ = ()

    def check(self, value: Any) -> Any:
        from datetime import datetime, timezone

        if isinstance(value, datetime):
            return value
        try:
            if isinstance(value, str):
                # 3.10 knows no "Z".
                return datetime.fromisoformat(value[:-1] + "+00:00" if value[-1:] in "Zz" and value else value)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                return datetime.fromtimestamp(value, timezone.utc)
        except (ValueError, OverflowError, OSError) as error:
            raise Mismatch(f"must be a time, and {value!r} is none: {error}") from None
        raise Mismatch(f"must be a datetime, not {_type(value)}")

    def native(self) -> _native.Kind:
        return "time"


class Object(Kind):
    """A dict of any plain JSON."""

    __slots__ = ()

    def check(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise Mismatch(f"must be a dict, not {_type(value)}")
        return value if isinstance(value, dict) else dict(value)

    def native(self) -> _native.Kind:
        return "any"


class ListOf(Kind):
    __slots__ = ("item", "min_items")

    def __init__(self, item: Kind, *, min_items: int = 0) -> None:
        self.item = item
        self.min_items = min_items

    def check(self, value: Any) -> Any:
        if not isinstance(value, (list, tuple, set, frozenset)):
            raise Mismatch(f"must be a list, not {_type(value)}")
        if len(value) < self.min_items:
            raise Mismatch(f"must have at least {_count(self.min_items, 'item')}")
        checked = []
        for index, item in enumerate(value):
            checked.append(_inside(index, self.item, item))
        return checked

    def native(self) -> _native.Kind:
        return ("list", self.item.native())


class MapOf(Kind):
    """A dict with strings as keys."""

    __slots__ = ("item",)

    def __init__(self, item: Kind) -> None:
        self.item = item

    def check(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise Mismatch(f"must be a dict, not {_type(value)}")
        checked = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise Mismatch(f"keys must be str, not {_type(key)}")
            checked[key] = _inside(key, self.item, item)
        return checked

    def native(self) -> _native.Kind:
        return ("map", self.item.native())


class ModelOf(Kind):
    """A model, by name: it is imported when the first value is checked."""

    __slots__ = ("_model", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._model: type[Model] | None = None

    @property
    def model(self) -> type[Model]:
        if self._model is None:
            from mere_sdk import models

            self._model = getattr(models, self.name)
        return self._model

    def check(self, value: Any) -> Any:
        if isinstance(value, self.model):
            return value
        if not isinstance(value, Mapping):
            raise Mismatch(f"must be {self.name}, not {_type(value)}")
        try:
            return self.model(**value)
        except ValidationError as error:
            raise Mismatch(error.msg, error.loc) from None

    def native(self) -> _native.Kind:
        from mere_sdk._shapes import shape_of

        return shape_of(self.model)


ANY = Kind()
STRING = String()
INTEGER = Integer()
NUMBER = Number()
BOOLEAN = Boolean()
TIME = Time()
OBJECT = Object()


def _inside(place: str | int, kind: Kind, value: Any) -> Any:
    try:
        return kind.check(value)
    except Mismatch as mismatch:
        raise Mismatch(mismatch.msg, (place, *mismatch.loc)) from None


def _type(value: Any) -> str:
    return "None" if value is None else type(value).__name__


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
