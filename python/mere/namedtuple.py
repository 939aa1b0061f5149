"""Records with named fields that take more than they know."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

Self = TypeVar("Self", bound="LenientNamedTuple")

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def _annotations(namespace: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those of a class that is being made."""
    if sys.version_info >= (3, 14) and "__annotations__" not in namespace:
        import annotationlib

        annotate = annotationlib.get_annotate_from_class_namespace(namespace)
        if annotate is not None:
            return annotationlib.call_annotate_function(annotate, annotationlib.Format.STRING)
    found: Mapping[str, Any] = namespace.get("__annotations__", {})
    return found


class _RecordType(type):
    """Makes a slot of each annotated field: the core fills them without calling Python."""

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any
    ) -> Any:
        inherited: tuple[str, ...] = getattr(bases[0], "_fields", ()) if bases else ()
        own = tuple(
            field
            for field, kind in _annotations(namespace).items()
            if bases and "ClassVar" not in str(kind) and field not in inherited
        )
        defaults = {field: namespace.pop(field) for field in own if field in namespace}
        namespace.setdefault("__slots__", own)
        made: Any = super().__new__(mcs, name, bases, namespace, **kwargs)
        made._fields = inherited + own
        made._defaults = {**getattr(bases[0], "_defaults", {}), **defaults} if bases else {}
        return made


class LenientNamedTuple(metaclass=_RecordType):
    """An immutable record; subclasses annotate its fields.

    A field without a default must be given. What the class does not name is kept in `unknown`, so
    that a newer server may send more than this version knows.
    """

    __slots__ = ("_unknown",)
    _fields: ClassVar[tuple[str, ...]]
    _defaults: ClassVar[Mapping[str, Any]]

    def __init__(self, **kwargs: Any) -> None:
        missing = []
        for field in self._fields:
            if field in kwargs:
                _set(self, field, kwargs.pop(field))
            elif field in self._defaults:
                _set(self, field, self._defaults[field])
            else:
                missing.append(field)
        if missing:
            raise TypeError(f"missing {len(missing)} required arguments: {missing}")
        if kwargs:
            _set(self, "_unknown", kwargs)

    @classmethod
    def _of(cls: type[Self], value: Any) -> Self:
        """The same fields of another object."""
        made = object.__new__(cls)
        for field in cls._fields:
            _set(made, field, getattr(value, field))
        return made

    @property
    def unknown(self) -> Mapping[str, Any]:
        """What was given that the class does not name."""
        return getattr(self, "_unknown", _NOTHING)

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]  # for `vars`
        return self._known()

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"can't set attribute {name!r} of {type(self).__name__}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"can't delete attribute {name!r} of {type(self).__name__}")

    def __getstate__(self) -> dict[str, Any]:
        unknown = self.unknown
        return {**self._known(), **({"_unknown": dict(unknown)} if unknown else {})}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            _set(self, name, value)

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


_set = object.__setattr__
