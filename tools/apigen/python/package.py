"""The package itself: its names, each imported when it is first used."""

from collections.abc import Sequence

from ..document import Document
from ..model import Model, Struct
from .names import Names, api_class, api_module, module
from .text import BANNER

# What is written by hand, by module.
_BY_HAND = {
    "api_client": ["ApiClient"],
    "api_response": ["ApiResponse"],
    "client": ["LakeFSClient"],
    "configuration": ["Configuration"],
    "exceptions": [
        "ApiAttributeError",
        "ApiException",
        "ApiKeyError",
        "ApiTypeError",
        "ApiValueError",
        "OpenApiException",
        "ValidationError",
    ],
}
_SUBMODULES = [
    "aio", "api", "api_client", "api_response", "client", "configuration", "exceptions", "models", "rest",
]  # fmt: skip


def emit(model: Model, document: Document, names: Names) -> dict[str, str]:
    structs = [names.model(t.name) for t in model.types if isinstance(t, Struct)]
    models = {name: f"models.{module(name)}" for name in structs}
    tags = [tag["name"] for tag in document.tree.get("tags", [])]
    apis = {api_class(tag): f"api.{api_module(tag)}" for tag in tags}
    by_hand = {name: place for place, listed in _BY_HAND.items() for name in listed}
    aio = apis | {"ApiClient": "api_client", "LakeFSClient": "client"}
    return {
        "__init__.py": _package(
            "mere_sdk",
            "Every operation of a lake as a method, every value as a typed object; `mere_sdk.aio` has the same "
            "awaitable.",
            apis | by_hand | models,
            _SUBMODULES,
            '__version__ = "1.88.0"  # of the package whose names this one has\n\n',
        ),
        "models/__init__.py": _package("mere_sdk.models", "What operations take and answer.", _below(models)),
        "api/__init__.py": _package("mere_sdk.api", "The operations, a class for each area.", _below(apis)),
        "aio/__init__.py": _package(
            "mere_sdk.aio",
            "The same names as in `mere_sdk`, awaitable.",
            aio,
            ["api", "api_client", "client"],
        ),
        "aio/api/__init__.py": _package(
            "mere_sdk.aio.api", "The operations, a class for each area, awaitable.", _below(apis)
        ),
    }


def _below(places: dict[str, str]) -> dict[str, str]:
    """The same places as they are called inside of the folder that all of them are in."""
    return {name: place.partition(".")[2] for name, place in places.items()}


def _package(
    package: str, title: str, places: dict[str, str], submodules: Sequence[str] = (), extra: str = ""
) -> str:
    names = sorted(places)
    imports = "".join(f"    from {package}.{places[n]} import {n} as {n}\n" for n in names)
    if submodules:
        again = ", ".join(f"{name} as {name}" for name in submodules)
        imports = f"    from {package} import {again}\n" + imports
    known = "".join(f'    "{n}": "{places[n]}",\n' for n in names)
    listed = "".join(f'    "{n}",\n' for n in names)
    modules = ", ".join(f'"{n}"' for n in submodules)
    find_module = (
        f"    if name in _SUBMODULES:\n        return import_module(f\"{package}.{{name}}\")\n"
        if submodules
        else ""
    )
    return (
        f'"""{title}"""\n\n{BANNER}\nfrom importlib import import_module\nfrom typing import TYPE_CHECKING, Any\n\n'
        + extra
        + f"if TYPE_CHECKING:\n{imports}\n"
        + f"# Where each name is; it is imported when it is first used.\n_PLACES = {{\n{known}}}\n"
        + (f"_SUBMODULES = frozenset({{{modules}}})\n" if submodules else "")
        + f"\n__all__ = [\n{listed}]\n\n\ndef __getattr__(name: str) -> Any:\n"
        + find_module
        + "    if name not in _PLACES:\n"
        + '        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")\n'
        + f'    found = getattr(import_module(f"{package}.{{_PLACES[name]}}"), name)\n'
        + "    globals()[name] = found\n    return found\n\n\n"
        + "def __dir__() -> list[str]:\n    return sorted({*globals(), *_PLACES})\n"
    )
