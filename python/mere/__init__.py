"""Mere, version control for data lakes: repositories, branches, objects, transactions.

    import mere

    lake = mere.open("./lake")  # a folder, no server; or mere.Client(host=..., ...)
    branch = lake.create_repository("prices").branch("main")
    with branch.transact("new prices") as tx:
        tx.object("2024/06.csv").upload(text)

`mere.aio` has the same for asyncio. What is here is imported when it is first used.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as in `typing`, whose import would take most of the time of this one
if TYPE_CHECKING:
    from typing import Any

    from mere import aio as aio
    from mere import auth as auth
    from mere import branch as branch
    from mere import client as client
    from mere import config as config
    from mere import exceptions as exceptions
    from mere import import_manager as import_manager
    from mere import models as models
    from mere import namedtuple as namedtuple
    from mere import object as object
    from mere import reference as reference
    from mere import tag as tag
    from mere.branch import Branch as Branch
    from mere.branch import LakeFSDeprecationWarning as LakeFSDeprecationWarning
    from mere.branch import Transaction as Transaction
    from mere.client import Client as Client
    from mere.import_manager import ImportManager as ImportManager
    from mere.models import Change as Change
    from mere.models import Commit as Commit
    from mere.models import CommonPrefix as CommonPrefix
    from mere.models import ImportStatus as ImportStatus
    from mere.models import ObjectInfo as ObjectInfo
    from mere.models import RepositoryProperties as RepositoryProperties
    from mere.models import ServerStorageConfiguration as ServerStorageConfiguration
    from mere.object import ObjectReader as ObjectReader
    from mere.object import ObjectWriter as ObjectWriter
    from mere.object import StoredObject as StoredObject
    from mere.object import WriteableObject as WriteableObject
    from mere.reference import Reference as Reference
    from mere.repository import Repository as Repository
    from mere.repository import repositories as repositories
    from mere.tag import Tag as Tag

    def repository(repository_id: str, *args: Any, **kwargs: Any) -> Repository:
        """A repository by its name; the arguments of Repository."""


_SUBMODULES = (
    "aio",
    "auth",
    "branch",
    "client",
    "config",
    "exceptions",
    "import_manager",
    "models",
    "namedtuple",
    "object",
    "reference",
    "repository",
    "tag",
)
_HOMES = {
    "branch": ("Branch", "LakeFSDeprecationWarning", "Transaction"),
    "client": ("Client",),
    "import_manager": ("ImportManager",),
    "models": (
        "Change",
        "Commit",
        "CommonPrefix",
        "ImportStatus",
        "ObjectInfo",
        "RepositoryProperties",
        "ServerStorageConfiguration",
    ),
    "object": ("ObjectReader", "ObjectWriter", "StoredObject", "WriteableObject"),
    "reference": ("Reference",),
    "repository": ("Repository", "repositories"),
    "tag": ("Tag",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _SUBMODULES:
        return import_module(f"mere.{name}")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'mere' has no attribute {name!r}")
    value = getattr(import_module(f"mere.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_SUBMODULES, *_HOME_OF})


def open(folder: str | os.PathLike[str]) -> Client:
    """A client of the lake in a folder, which is opened in this process and made if need be."""
    from mere.client import Client

    return Client(lake=os.fspath(folder))
