"""mere.aio, through a server and embedded: the same names as mere, awaitable."""

import asyncio
import inspect
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

mere = pytest.importorskip("mere")
pytest.importorskip("mere_sdk._native")

from mere import aio  # noqa: E402
from mere.exceptions import (  # noqa: E402
    MergeConflictException,
    ObjectChangedException,
    ObjectExistsException,
    ObjectNotFoundException,
    TransactionException,
)
from mere.object import LakeFSIOBase  # noqa: E402

import mere_lakes  # noqa: E402

_numbers = itertools.count(1)
_IO_ALONE = (
    "readable",
    "seekable",
    "writable",
)  # what other libraries ask a file; they cannot await
Run = Callable[[Callable[["aio.Branch"], Awaitable[None]]], None]


@pytest.fixture(scope="module", params=mere_lakes.WAYS)
def lake(request: pytest.FixtureRequest) -> dict:
    return mere_lakes.arguments(request.param, request)


@pytest.fixture
def run(lake: dict) -> Run:
    """Runs a coroutine function with the branch `main` of a new repository."""

    @asynccontextmanager
    async def new_branch() -> AsyncIterator["aio.Branch"]:
        name = f"aio-{next(_numbers)}"
        async with aio.Client(**lake) as client:
            yield (await aio.repository(name, client).create(f"local://{name}")).branch("main")

    async def with_branch(function: Callable[["aio.Branch"], Awaitable[None]]) -> None:
        async with new_branch() as main:
            await asyncio.wait_for(function(main), 60)

    return lambda function: asyncio.run(with_branch(function))


def test_a_lake_knows_its_repositories(lake: dict) -> None:
    async def known() -> tuple[str, list[str]]:
        async with aio.Client(**lake) as client:
            made = await client.create_repository("aio-known")
            names = [one.id async for one in client.repositories(prefix="aio-known")]
            return (await made.properties()).storage_namespace, names

    assert asyncio.run(known()) == ("local://aio-known", ["aio-known"])


def test_every_name_and_parameter_is_there() -> None:
    wrong = []

    for name in (
        "Client",
        "Repository",
        "Reference",
        "Branch",
        "Tag",
        "StoredObject",
        "WriteableObject",
        "ObjectReader",
        "ObjectWriter",
        "ImportManager",
        "Transaction",
    ):
        ours, theirs = getattr(aio, name), getattr(mere, name)
        for member in dir(theirs):
            defined = inspect.getattr_static(theirs, member)
            if (
                member.startswith("_")
                or member in _IO_ALONE
                or vars(LakeFSIOBase).get(member) is defined
            ):
                continue
            twin = inspect.getattr_static(ours, member, None)
            if twin is None:
                wrong.append(f"{name}.{member}")
            elif inspect.isfunction(defined) and inspect.isfunction(twin):
                if list(inspect.signature(defined).parameters) != list(
                    inspect.signature(twin).parameters
                ):
                    wrong.append(f"{name}.{member}()")

    assert wrong == []


def test_small_objects_and_listings(run: Run) -> None:
    async def check(main: "aio.Branch") -> None:
        await main.object("a").upload("ü")
        assert await main.object("a").reader("r").read() == "ü"
        assert (await main.object("a").stat()).size_bytes == 2
        assert await main.object("a").exists() and not await main.object("b").exists()
        with pytest.raises(ObjectExistsException):
            await main.object("a").upload("2", mode="x")
        with pytest.raises(ObjectNotFoundException) as missing:
            await main.object("b").reader().read()
        assert missing.value.filename.endswith("/main/b") and "nothing is at 'b'" in str(missing.value)
        listing = main.objects()
        assert [entry.path async for entry in listing] == ["a"]
        assert "size_bytes" in listing._repr_html_()
        assert [change.type async for change in main.uncommitted()] == ["added"]
        commit = await main.commit("one", {"k": "v"})
        assert (await main.head()).id == commit.id
        assert (await commit.get_commit()).metadata == {"k": "v"}
        assert [one.message async for one in main.log(max_amount=1)] == ["one"]
        await main.object("a").delete()
        await main.reset_changes()
        copied = await main.object("a").copy("main", "c")
        assert await copied.reader().read() == "ü".encode()
        await main.delete_objects(["a", "c"])
        assert not await main.object("c").exists()

    run(check)


def test_a_large_object_streams_up_and_down(run: Run) -> None:
    content = os.urandom(5 * 1024 * 1024 + 7)

    async def check(main: "aio.Branch") -> None:
        large = main.object("large")
        async with large.writer(content_type="a/b", metadata={"k": "v"}) as out:
            for start in range(0, len(content), 300_000):
                await out.write(content[start : start + 300_000])
        stat = await large.stat()
        assert (stat.size_bytes, stat.content_type, stat.metadata) == (
            len(content),
            "a/b",
            {"k": "v"},
        )
        async with large.reader() as file:
            pieces = []
            while piece := await file.read(100_000):
                pieces.append(piece)
            assert b"".join(pieces) == content
            await file.seek(-5, os.SEEK_END)
            assert await file.read() == content[-5:]
            await file.seek(0)
            await large.upload("other")
            await file.seek(4 * 1024 * 1024)
            with pytest.raises(ObjectChangedException):
                await file.read(10)
        with pytest.raises(ValueError, match="closed file"):
            await file.read()

    run(check)


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_what_is_broken_off_never_appears(run: Run, size: int) -> None:
    async def check(main: "aio.Branch") -> None:
        with pytest.raises(KeyError):
            async with main.object("raised").writer() as out:
                await out.write(b"x" * size)
                raise KeyError
        assert not await main.object("raised").exists()

        async def never_ends() -> None:
            async with main.object("cancelled").writer() as out:
                await out.write(b"x" * size)
                await asyncio.sleep(60)

        task = asyncio.create_task(never_ends())
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not await main.object("cancelled").exists()

    run(check)


def test_lines_are_iterated(run: Run) -> None:
    text = "".join(f"line {i} ü\n" for i in range(30_000))

    async def check(main: "aio.Branch") -> None:
        async with main.object("t.txt").writer("w") as out:
            await out.writelines(text.splitlines(keepends=True))
        async with main.object("t.txt").reader("r") as file:
            assert [line async for line in file] == text.splitlines(keepends=True)

    run(check)


def test_a_transaction_is_all_or_nothing(run: Run) -> None:
    async def check(main: "aio.Branch") -> None:
        async with main.transact("many", tag="v1") as tx:
            for i in range(100):
                await tx.object(f"s/{i}").upload(str(i))
            assert await tx.object("s/99").reader().read() == b"99"
            await asyncio.gather(*(tx.object(f"s/{i}").upload("x") for i in range(100)))
        assert await main.object("s/1").reader().read() == b"x"
        repo = aio.repository(main.repo_id, main._client)
        assert [tag.id async for tag in repo.tags()] == ["v1"]
        with pytest.raises(ZeroDivisionError):
            async with main.transact("bad") as tx:
                await tx.object("q").upload("1")
                raise ZeroDivisionError
        with pytest.raises(TransactionException, match="no changes"):
            async with main.transact("empty"):
                pass
        assert not await main.object("q").exists()
        assert [branch.id async for branch in repo.branches(show_hidden=True)] == ["main"]

    run(check)


def test_many_objects_at_once(run: Run, tmp_path: Path) -> None:
    names = [f"p/{i}" for i in range(50)]

    async def check(main: "aio.Branch") -> None:
        assert await main.put_many({name: name for name in names}) == 50
        assert await main.read_many(names) == [name.encode() for name in names]
        assert await main.download("p/", tmp_path / "got") == 50
        assert await main.upload_files(tmp_path / "got", "again/") == 50
        with pytest.raises(ObjectNotFoundException):
            await main.read_many(["p/1", "none"])
        reads = await asyncio.gather(
            *(main.object(f"p/{i % 50}").reader().read() for i in range(1000))
        )
        assert reads == [f"p/{i % 50}".encode() for i in range(1000)]

    run(check)


def test_objects_become_tables(run: Run) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"a": range(1000), "b": [str(i) for i in range(1000)]})

    async def check(main: "aio.Branch") -> None:
        await main.object("x.parquet").upload(frame.to_parquet())
        assert (await main.object("x.parquet").to_pandas(columns=["a"])).equals(frame[["a"]])
        assert (await main.object("x.parquet").to_arrow()).num_rows == 1000
        assert (await main.objects_table()).column("path").to_pylist() == ["x.parquet"]

    run(check)


def test_listings_go_from_page_to_page(run: Run) -> None:
    async def work(main: "aio.Branch") -> None:
        await asyncio.gather(*(main.object(f"o/{i:04}").upload(b"x") for i in range(2500)))

        assert [one.path async for one in main.objects()] == [f"o/{i:04}" for i in range(2500)]
        some = [one.path async for one in main.objects(max_amount=1200, after="o/0009")]
        assert some == [f"o/{i:04}" for i in range(10, 1210)]
        assert [one.type async for one in main.uncommitted(max_amount=2)] == ["added", "added"]
        assert [one.path async for one in main.objects(delimiter="/")] == ["o/"]

    run(work)


def test_a_merge_conflict_says_what(run: Run) -> None:
    async def work(main: "aio.Branch") -> None:
        await main.object("x").upload(b"0")
        await main.commit("start")
        dev = await aio.Branch(main.repo_id, "dev", main._client).create("main")
        for branch, content in ((main, b"1"), (dev, b"2")):
            await branch.object("x").upload(content)
            await branch.commit(branch.id)

        with pytest.raises(MergeConflictException, match="dev cannot be merged into main: both changed x"):
            await dev.merge_into("main")

    run(work)
