"""Whatever the `lakefs` package offers, `mere` offers under the same name with the same
parameters.
"""

import importlib
import inspect
from collections.abc import Iterator

import pytest

MODULES = (
    "",
    "client",
    "config",
    "auth",
    "exceptions",
    "models",
    "namedtuple",
    "repository",
    "reference",
    "branch",
    "tag",
    "object",
    "import_manager",
)


def _module(package: str, name: str) -> object:
    importlib.import_module(package)
    return importlib.import_module(f"{package}.{name}" if name else package)


def _offered(module: object) -> Iterator[tuple[str, object]]:
    """What a module itself defines (the package: exports)."""
    for name, value in vars(module).items():
        if name.startswith("_") or inspect.ismodule(value):
            continue
        home = getattr(value, "__module__", None) or ""
        if home == module.__name__ or home.startswith("lakefs.") and module.__name__ == "lakefs":
            yield name, value


def _parameters(function: object) -> list[tuple[str, object]]:
    return [
        (one.name, one.default)
        for one in inspect.signature(function).parameters.values()
        if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)
    ]


def _same_parameters(theirs: object, ours: object) -> bool:
    kept = _parameters(ours)
    return kept[: len(_parameters(theirs))] == _parameters(theirs)


@pytest.mark.parametrize("name", MODULES)
def test_every_name_is_there(name: str) -> None:
    ours = _module("mere", name)

    missing = [
        offered for offered, _ in _offered(_module("lakefs", name)) if not hasattr(ours, offered)
    ]

    assert missing == []


@pytest.mark.parametrize("name", MODULES)
def test_every_method_and_parameter_is_there(name: str) -> None:
    ours = _module("mere", name)
    wrong = []

    for offered, value in _offered(_module("lakefs", name)):
        twin = getattr(ours, offered)
        if inspect.isfunction(value) and not _same_parameters(value, twin):
            wrong.append(offered)
        if not inspect.isclass(value):
            continue
        for member, defined in vars(value).items():
            if member.startswith("_") and member != "__init__":
                continue
            if not hasattr(twin, member) and member not in getattr(twin, "_fields", ()):
                wrong.append(f"{offered}.{member}")
            elif inspect.isfunction(defined) and not _same_parameters(
                defined, getattr(twin, member)
            ):
                wrong.append(f"{offered}.{member}()")

    assert wrong == []
