"""Every public module, class, method and parameter of lakefs_sdk is in mere_sdk too."""

import importlib
import inspect
import pkgutil
from types import ModuleType

import lakefs_sdk
import mere_sdk
import pytest

# How pydantic is set up, which none of our models is.
NOT_OURS = {"Config"}


def modules() -> list[str]:
    found = pkgutil.walk_packages(lakefs_sdk.__path__, "lakefs_sdk.")
    return ["lakefs_sdk", *(module.name for module in found)]


def ours(name: str) -> ModuleType:
    return importlib.import_module("mere_sdk" + name.removeprefix("lakefs_sdk"))


def own_classes(module: ModuleType) -> list[type]:
    return [
        one
        for name, one in vars(module).items()
        if inspect.isclass(one) and one.__module__ == module.__name__ and not name.startswith("_")
    ]


CLASSES = [
    pytest.param(name, one.__name__, id=f"{name}.{one.__name__}")
    for name in modules()
    for one in own_classes(importlib.import_module(name))
]


def parameters(function: object) -> list[tuple[str, bool]]:
    """Names in order, and whether each must be given; without keywords of any name."""
    signature = inspect.signature(inspect.unwrap(function))
    return [
        (p.name, p.default is inspect.Parameter.empty)
        for p in signature.parameters.values()
        if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    ]


def test_every_name_of_the_package_is_exported() -> None:
    names = {name for name in vars(lakefs_sdk) if not name.startswith("_")}

    assert {name for name in names if not hasattr(mere_sdk, name)} == set()


@pytest.mark.parametrize("name", modules())
def test_every_module_is_there_with_its_functions(name: str) -> None:
    theirs, mine = importlib.import_module(name), ours(name)

    functions = [n for n, f in vars(theirs).items() if inspect.isfunction(f) and f.__module__ == name]
    exported = [n for n, v in vars(theirs).items() if inspect.isclass(v) and v.__module__.startswith("lakefs_sdk.")]
    packages = ("lakefs_sdk", "lakefs_sdk.api", "lakefs_sdk.models")
    missing = [n for n in functions + (exported if name in packages else []) if not hasattr(mine, n)]
    assert missing == []


@pytest.mark.parametrize(("module", "name"), CLASSES)
def test_every_class_has_its_methods_with_their_parameters(module: str, name: str) -> None:
    theirs = getattr(importlib.import_module(module), name)
    mine = getattr(ours(module), name)

    for member, value in vars(theirs).items():
        if member.startswith("_") and member != "__init__" or member in NOT_OURS:
            continue
        assert hasattr(mine, member) or hasattr(mine(), member), member
        if isinstance(value, (classmethod, staticmethod)):
            value = value.__func__
        if inspect.isfunction(value):
            found = parameters(getattr(mine, member))
            if isinstance(vars(theirs)[member], classmethod):
                found.insert(0, ("cls", True))
            wanted = parameters(value)
            assert [one for one in found if one[0] in dict(wanted)] == wanted, member
            assert all(not needed for extra, needed in found if extra not in dict(wanted)), member


@pytest.mark.parametrize("name", [n for n in modules() if n.startswith("lakefs_sdk.models.")])
def test_every_model_has_its_fields(name: str) -> None:
    for theirs in own_classes(importlib.import_module(name)):
        if not hasattr(theirs, "__fields__"):
            continue
        mine = getattr(ours(name), theirs.__name__)
        wanted = {
            field: (info.alias, bool(info.required), info.default)
            for field, info in theirs.__fields__.items()
        }
        found = {
            field: (info.json_name or field, info.required, info.default)
            for field, info in mine._fields.items()
        }
        assert {field: found.get(field) for field in wanted} == wanted


def test_the_awaitable_twins_have_the_same_methods() -> None:
    from mere_sdk import aio, api

    for name in api.__all__:
        sync, twin = getattr(api, name), getattr(aio, name)
        methods = [member for member in vars(sync) if not member.startswith("_")]
        for method in methods:
            assert inspect.iscoroutinefunction(getattr(twin, method)), f"{name}.{method}"
            assert parameters(getattr(sync, method)) == parameters(getattr(twin, method))
