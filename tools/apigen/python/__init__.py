"""The generated part of the Python package mere_sdk."""

from ..document import Document
from ..model import Model
from . import apis, models, operations, package
from .names import Names


def emit(model: Model, document: Document) -> dict[str, str]:
    """File name → text, below the folder of the package."""
    names = Names(document)
    files: dict[str, str] = {}
    for part in (models, operations, apis, package):
        files.update(part.emit(model, document, names))
    return files
