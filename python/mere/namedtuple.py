"""Records with named fields that take more than they know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

Self = TypeVar("Self", bound="LenientNamedTuple")

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class LenientNamedTuple:
    """An immutable record; subclasses annotate its fields.

    A field without a default must be given. What the class does not name is kept in `unknown`, so
    that a newer server may send more than this version knows.
    """

    unknown: ClassVar[Mapping[str, Any]] = _NOTHING
    _fields: ClassVar[tuple[str, ...]] = ()
    _values_of: ClassVar[Callable[[Any], tuple[Any, ...]]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._fields = tuple(cls.__dict__.get("__annotations__", ()))
        if len(cls._fields) > 1:
            cls._values_of = staticmethod(attrgetter(*cls._fields))
        else:
            only = cls._fields[0] if cls._fields else "__class__"
            cls._values_of = staticmethod(lambda value: (getattr(value, only),))

    def __init__(self, **kwargs: Any) -> None:
        values: dict[str, Any] = {}
        missing = []
        for field in self._fields:
            if field in kwargs:
                values[field] = kwargs.pop(field)
            elif not hasattr(type(self), field):
                missing.append(field)
        if missing:
            raise TypeError(f"missing {len(missing)} required arguments: {missing}")
        if kwargs:
            values["unknown"] = kwargs
        object.__setattr__(self, "__dict__", values)

    @classmethod
    def _of(cls: type[Self], value: Any) -> Self:
        """The same fields of another object: what a listing of a million objects calls for each of
        them.
        """
        made = object.__new__(cls)
        object.__setattr__(made, "__dict__", dict(zip(cls._fields, cls._values_of(value))))
        return made

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"can't set attribute {name!r} of {type(self).__name__}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"can't delete attribute {name!r} of {type(self).__name__}")

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__

    def __setstate__(self, state: dict[str, Any]) -> None:
        object.__setattr__(self, "__dict__", state)

    def _known(self) -> dict[str, Any]:
        return {field: getattr(self, field) for field in self._fields}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return False
        return all(getattr(other, field) == getattr(self, field) for field in self._fields)

    __hash__ = None  # type: ignore[assignment]  # fields may be dicts

    def __str__(self) -> str:
        return str(self._known())

    def __repr__(self) -> str:
        name = type(self).__name__
        return f'{name}(id="{self.id}")' if hasattr(self, "id") else f"{name}()"
