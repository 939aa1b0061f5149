"""Lets code that imports lakefs_sdk have mere_sdk instead."""

import importlib
import pkgutil
import sys

import mere_sdk


def install() -> None:
    """Puts every module of mere_sdk under the name of its model; call it before the first import of that."""
    sys.modules["lakefs_sdk"] = mere_sdk
    for module in pkgutil.walk_packages(mere_sdk.__path__, "mere_sdk."):
        alias = "lakefs_sdk" + module.name.removeprefix("mere_sdk")
        sys.modules[alias] = importlib.import_module(module.name)
