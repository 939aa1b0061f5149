"""The same as `mere`, for asyncio.

    from mere import aio

    async with aio.open("./lake") as lake:
        branch = aio.repository("prices", lake).branch("main")
        async with branch.transact("new prices") as tx:
            await tx.object("2024/06.csv").upload(text)
        async for entry in branch.objects():
            print(entry.path)

What asks the lake is awaited: methods, and those properties of `mere` that ask are methods here
(`await branch.head()`, `await client.version()`). Listings are async iterators; readers, writers
and transactions are used with `async with`. Cancelling a call ends its transfer. Several tasks of
one loop may share a client.
"""

from __future__ import annotations

import os
from typing import Any

from mere.aio.branch import Branch as Branch
from mere.aio.branch import Transaction as Transaction
from mere.aio.client import Client as Client
from mere.aio.import_manager import ImportManager as ImportManager
from mere.aio.object import ObjectReader as ObjectReader
from mere.aio.object import ObjectWriter as ObjectWriter
from mere.aio.object import StoredObject as StoredObject
from mere.aio.object import WriteableObject as WriteableObject
from mere.aio.reference import Reference as Reference
from mere.aio.repository import Repository as Repository
from mere.aio.repository import repositories as repositories
from mere.aio.tag import Tag as Tag
from mere.models import Change as Change
from mere.models import Commit as Commit
from mere.models import CommonPrefix as CommonPrefix
from mere.models import ImportStatus as ImportStatus
from mere.models import ObjectInfo as ObjectInfo
from mere.models import RepositoryProperties as RepositoryProperties
from mere.models import ServerStorageConfiguration as ServerStorageConfiguration


def repository(repository_id: str, *args: Any, **kwargs: Any) -> Repository:
    """A repository by its name; the arguments of Repository."""
    return Repository(repository_id, *args, **kwargs)


def open(folder: str | os.PathLike[str]) -> Client:
    """A client of the lake in a folder, which is opened in this process and made if need be."""
    return Client(lake=os.fspath(folder))
