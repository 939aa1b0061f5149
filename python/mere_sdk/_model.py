"""The base of the models: light objects with a slot for each field.

Fields are checked when a model is made and when one is assigned. Answers of the lake are decoded by
the native core straight into the slots; their fields have passed its checks instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from mere_sdk._kinds import Kind, Mismatch
from mere_sdk.exceptions import ValidationError

if TYPE_CHECKING:
    from inspect import Signature
    from typing_extensions import Self


class Field:
    """What the model says about one of its fields."""

    __slots__ = ("default", "json_name", "kind", "nullable", "required")

    def __init__(
        self, kind: Kind, json_name: str, required: bool, nullable: bool, default: Any
    ) -> None:
        self.kind = kind
        self.json_name = json_name  # empty: the same as the field's
        self.required = required
        self.nullable = nullable
        self.default = default


def required(kind: Kind, *, json_name: str = "", nullable: bool = False) -> Field:
    """A field that must be given, though perhaps as None."""
    return Field(kind, json_name, True, nullable, None)


def optional(kind: Kind, *, json_name: str = "", default: Any = None) -> Field:
    """A field that may be left out."""
    return Field(kind, json_name, False, True, default)


class _LazySignature:
    """The constructor's signature, for `help`; made when somebody asks."""

    def __get__(self, instance: object, owner: type[Model]) -> Signature:
        from inspect import Parameter, Signature

        keyword = Parameter.KEYWORD_ONLY
        return Signature(
            [
                Parameter(name, keyword, default=Parameter.empty if f.required else f.default)
                for name, f in owner._fields.items()
            ]
        )


_set = object.__setattr__


class Model:
    """What all models can do. Two are equal if their fields are; a dict of the fields is equal too."""

    __slots__ = ()
    _fields: ClassVar[Mapping[str, Field]] = {}
    __signature__ = _LazySignature()
    __hash__ = None  # type: ignore[assignment]  # fields can be assigned

    def __init__(self, **values: Any) -> None:
        """Fields by their names or by those of the JSON; what the model does not have is ignored.

        Raises:
            ValidationError: A field is missing or wrong.
        """
        for name, field in self._fields.items():
            if field.json_name and field.json_name in values:
                value = values[field.json_name]
            elif name in values:
                value = values[name]
            elif field.required:
                raise ValidationError(type(self).__name__, (name,), "is required")
            else:
                _set(self, name, field.default)
                continue
            _set(self, name, self._checked(name, value))

    def __setattr__(self, name: str, value: Any) -> None:
        _set(self, name, self._checked(name, value) if name in self._fields else value)
        if not isinstance(value, (str, int, float, type(None))):
            from mere_sdk._native import track

            track(self)

    @classmethod
    def _checked(cls, name: str, value: Any) -> Any:
        field = cls._fields[name]
        if value is None:
            if field.nullable:
                return None
            raise ValidationError(cls.__name__, (name,), "is required and cannot be None")
        try:
            return field.kind.check(value)
        except Mismatch as mismatch:
            raise ValidationError(cls.__name__, (name, *mismatch.loc), mismatch.msg) from None

    # From plain data

    @classmethod
    def from_dict(cls, obj: Mapping[str, Any] | None) -> Self:
        """The model that a dict with the names of the JSON holds; None for None.

        Raises:
            ValidationError: A field is missing or wrong.
        """
        if obj is None:
            return None  # type: ignore[return-value]  # as it is in the packages this one stands in for
        return cls.parse_obj(
            {n: v for n in cls._fields if (v := obj.get(cls._json_name(n))) is not None}
            if isinstance(obj, Mapping)
            else obj
        )

    @classmethod
    def from_json(cls, json_str: str | bytes) -> Self:
        """The model that a JSON text holds.

        Raises:
            ValidationError: A field is missing or wrong.
        """
        import json

        return cls.from_dict(json.loads(json_str))

    @classmethod
    def parse_obj(cls, obj: Any) -> Self:
        """The model of a dict, or of another model with the same fields."""
        if isinstance(obj, Model):
            obj = obj.dict()
        if not isinstance(obj, Mapping):
            raise ValidationError(cls.__name__, (), f"must be a dict, not {type(obj).__name__}")
        return cls(**obj)

    @classmethod
    def parse_raw(cls, text: str | bytes) -> Self:
        """The same as `from_json`."""
        return cls.from_json(text)

    @classmethod
    def construct(cls, **values: Any) -> Self:
        """A model of values that are known to be right: nothing is checked, what is left out is None."""
        made = cls.__new__(cls)
        for name, field in cls._fields.items():
            _set(made, name, values.get(name, values.get(field.json_name, field.default)))
        return made

    # To plain data

    def to_dict(self) -> dict[str, Any]:
        """A dict with the names of the JSON, without the fields that are None."""
        return self.dict(by_alias=True, exclude_none=True)

    def to_json(self) -> str:
        """The JSON text, without the fields that are None."""
        return _json(self.to_dict())

    def to_str(self) -> str:
        """All fields, laid out for reading."""
        from pprint import pformat

        return pformat(self.dict(by_alias=True))

    def json(self, *, by_alias: bool = False, exclude_none: bool = False) -> str:
        """The JSON text of `dict` with the same options."""
        return _json(self.dict(by_alias=by_alias, exclude_none=exclude_none))

    def copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Another model with the same fields, but for those in `update`, which are not checked.

        Args:
            update: New values by the fields' names.
            deep: Whether lists, dicts and models inside are copied too.
        """
        values = {name: getattr(self, name) for name in self._fields}
        if deep:
            from copy import deepcopy

            values = deepcopy(values)
        return self.construct(**(values | dict(update or {})))

    # As Python sees it

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """The names and values of all fields: `dict(model)` works."""
        return ((name, getattr(self, name)) for name in self._fields)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Model):
            return list(self) == list(other)
        if isinstance(other, dict):
            return self.dict() == other
        return NotImplemented

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self)})"

    def __str__(self) -> str:
        return " ".join(f"{name}={value!r}" for name, value in self)

    def __getstate__(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return dict(iter(self)), getattr(self, "__dict__", {})

    def __setstate__(self, state: tuple[dict[str, Any], dict[str, Any]]) -> None:
        for values in state:
            for name, value in values.items():
                _set(self, name, value)

    @classmethod
    def _json_name(cls, name: str) -> str:
        return cls._fields[name].json_name or name

    # Last, because inside the class its name hides the type of the same name.
    def dict(self, *, by_alias: bool = False, exclude_none: bool = False) -> dict[str, Any]:
        """The fields as a dict, and the models inside of them as well.

        Args:
            by_alias: Names as in the JSON instead of the fields'.
            exclude_none: Leave out the fields that are None.
        """
        made = {}
        for name, field in self._fields.items():
            value = getattr(self, name)
            if value is None and exclude_none:
                continue
            key = (field.json_name or name) if by_alias else name
            made[key] = _plain(value, by_alias, exclude_none)
        return made


def _plain(value: Any, by_alias: bool, exclude_none: bool) -> Any:
    if isinstance(value, Model):
        return value.dict(by_alias=by_alias, exclude_none=exclude_none)
    if isinstance(value, list):
        return [_plain(item, by_alias, exclude_none) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item, by_alias, exclude_none) for key, item in value.items()}
    return value


def _json(value: Any) -> str:
    import json

    return json.dumps(value, default=lambda time: time.isoformat())
