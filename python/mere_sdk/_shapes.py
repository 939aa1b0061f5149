"""Hands models and operations to the native core, each when it is first needed."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

from mere_sdk._kinds import Kind
from mere_sdk._native import Operation, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mere_sdk import _native
    from mere_sdk._model import Model

_shapes: dict[type[Model], Shape] = {}
_lock = RLock()

json_bodies: dict[str, tuple[Kind, bool]] = {}
"""Of each operation that has been made and has a JSON body: its kind, and whether it is required."""


def shape_of(model: type[Model]) -> Shape:
    """The native core's view of a model; it is made once."""
    with _lock:
        shape = _shapes.get(model)
        if shape is None:
            shape = _shapes[model] = Shape(model)  # known before its fields, which may refer to it
            shape.define(
                [
                    (
                        field.json_name or name,
                        name,
                        field.kind.native(),
                        field.required and not field.nullable,
                    )
                    for name, field in model._fields.items()
                ]
            )
        return shape


def make_operation(
    name: str,
    method: str,
    path: str,
    *,
    parameters: Sequence[tuple[str, str, _native.Kind, bool]] = (),
    body: Kind | None = None,
    body_required: bool = False,
    octets: str | None = None,
    responses: Mapping[int, Kind | str | None],
) -> Operation:
    """An operation of the native core.

    Args:
        name: The `operationId`.
        method: The HTTP method. What it says about repeating is believed: GET, HEAD, PUT and DELETE are
            sent again when the connection breaks, others only when nothing was sent.
        path: Below the base path, with names in braces.
        parameters: Name, place, kind, and whether it is required; in the order of the arguments.
        body: The kind of a JSON body.
        body_required: Whether the body must be there.
        octets: The content type of a body that is sent as it is.
        responses: Of each success, the kind of its JSON; "bytes" for octets; None for nothing.
    """
    if body is not None:
        json_bodies[name] = (body, body_required)
    native_body: _native.Kind | None = "bytes" if octets else body.native() if body else None
    answers: dict[int, Any] = {
        status: kind.native() if isinstance(kind, Kind) else kind
        for status, kind in responses.items()
    }
    return Operation(
        name,
        method,
        path,
        parameters,
        native_body,
        octets or ("application/json" if body else None),
        answers,
        method in ("GET", "HEAD", "PUT", "DELETE"),
    )
