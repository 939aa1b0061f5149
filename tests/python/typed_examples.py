"""What users write, for type checkers: never run, only checked, strictly."""

from __future__ import annotations

import mere
import mere.aio
import mere_sdk
import mere_sdk.aio
from mere_spec import LakeFSFileSystem


def high_level(folder: str) -> dict[str, int]:
    client = mere.open(folder)
    branch = mere.Repository("data", client=client).create("local://data").branch("main")
    with branch.transact(commit_message="rows") as transaction:
        transaction.object("rows.csv").upload("a,b\n1,2\n")
    with branch.object("rows.csv").reader("r") as reader:
        assert reader.read()
    head: mere.Commit = branch.get_commit()
    sizes: dict[str, int] = {head.id: 0}
    for entry in branch.objects(prefix="rows"):
        sizes[entry.path] = 1
    return sizes


async def high_level_async(folder: str) -> list[str]:
    client = mere.aio.Client(lake=folder)
    branch = mere.aio.Repository("data", client=client).branch("main")
    await branch.object("a").upload(b"a")
    return [entry.path async for entry in branch.objects()]


def generated(configuration: mere_sdk.Configuration) -> int:
    client = mere_sdk.LakeFSClient(configuration)
    stats: mere_sdk.ObjectStats = client.objects_api.upload_object("data", "main", "a", content=b"a")
    page: mere_sdk.ObjectStatsList = client.objects_api.list_objects("data", "main", amount=10)
    try:
        client.refs_api.merge_into_branch("data", "main", "other", merge=mere_sdk.Merge(message="m"))
    except mere_sdk.ApiException as error:
        print(error.status, error.reason, error.body)
    return (stats.size_bytes or 0) + len(page.results)


async def generated_async(configuration: mere_sdk.Configuration) -> str:
    client = mere_sdk.aio.LakeFSClient(configuration)
    ref: mere_sdk.Ref = await client.tags_api.get_tag("data", "v1")
    return ref.commit_id


def file_system(folder: str) -> list[str]:
    fs = LakeFSFileSystem(lake=folder)
    with fs.open("data/main/a", "wb") as file:
        file.write(b"a")
    with fs.transaction("data", "main") as transaction:
        fs.pipe_file(f"data/{transaction.branch.id}/b", b"b")
        transaction.commit("b")
    return [str(path) for path in fs.find("data/main/")]
