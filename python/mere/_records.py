"""The records of this package as the core makes them, straight from its answers."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from mere.models import Change, Commit, CommonPrefix, ObjectInfo

if TYPE_CHECKING:
    from mere_sdk._model import Model
    from mere_sdk._native import Kind, Shape

    from mere.namedtuple import LenientNamedTuple


def _shape(record: type[LenientNamedTuple], model: type[Model]) -> Shape:
    """A record with the fields that it shares with a model."""
    from mere_sdk._native import Shape

    shape = Shape(record)
    fields = []
    for name in record._fields:
        field = model._fields[name]
        fields.append((field.json_name or name, name, field.kind.native(), field.required))
    shape.define(fields)
    return shape


@lru_cache(1)
def entries() -> Kind:
    """Of a listing of objects."""
    from mere_sdk import ObjectStats

    return (
        "by",
        "path_type",
        {
            "object": _shape(ObjectInfo, ObjectStats),
            "common_prefix": _shape(CommonPrefix, ObjectStats),
        },
    )


@lru_cache(1)
def commits() -> Kind:
    """Of a log."""
    from mere_sdk import Commit as Model

    return _shape(Commit, Model)


@lru_cache(1)
def changes() -> Kind:
    """Of a difference."""
    from mere_sdk import Diff

    return _shape(Change, Diff)
