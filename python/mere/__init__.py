"""Mere, version control for data lakes: repositories, branches, objects, transactions.

    import mere

    lake = mere.open("./lake")                      # a folder, no server; or mere.Client(host=..., ...)
    branch = mere.repository("prices", lake).branch("main")
    with branch.transact("new prices") as tx:
        tx.object("2024/06.csv").upload(text)
"""

from __future__ import annotations

import os
from typing import Any

from mere.branch import Branch as Branch
from mere.branch import LakeFSDeprecationWarning as LakeFSDeprecationWarning
from mere.client import Client as Client
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
    return Repository(repository_id, *args, **kwargs)


def open(folder: str | os.PathLike[str]) -> Client:
    """A client of the lake in a folder, which is opened in this process and made if need be."""
    return Client(lake=os.fspath(folder))
