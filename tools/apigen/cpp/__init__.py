"""C++ from the model: types, JSON codecs, parameter parsers, the route table, dispatch, the document itself."""

from ..document import Document
from ..model import Model
from . import client, dispatch, embedded, json_read, json_write, operations, routes, types


__all__ = ["client", "emit"]


def emit(model: Model, document: Document) -> dict[str, str]:
    """File name → text, to be included as "api/…"."""
    files: dict[str, str] = {}
    for part in (types, json_write, json_read, routes, operations, dispatch):
        files.update(part.emit(model))
    files.update(embedded.emit(document))
    return files
