"""Transactions of the file system, on a server and in-process."""

import asyncio

import pytest
from spec_lakes import ROOT, fs, mere_spec  # noqa: F401

LakeFSFileSystem = mere_spec.LakeFSFileSystem


def _start(fs: LakeFSFileSystem) -> None:
    fs.pipe_file(f"{ROOT}/start", b"1")
    fs.commit("lake-tests", "main", "start")


def test_many_small_writes_are_one_commit_and_one_merge(fs: LakeFSFileSystem) -> None:
    _start(fs)
    with fs.transaction("lake-tests", "main") as tx:
        assert isinstance(tx, mere_spec.LakeFSTransaction)
        for i in range(200):
            fs.pipe_file(f"lake-tests/{tx.branch.id}/t/{i}", b"%d" % i)
        with fs.open(f"lake-tests/{tx.branch.id}/t/big", "wb") as file:
            file.write(bytes(3 << 20))
        assert len(tx.files) == 201
        assert len(fs.find(f"lake-tests/{tx.branch.id}/t")) == 201
        commit = tx.commit("two hundred", {"k": "v"})
        assert fs.find(f"{ROOT}/t") == []

    assert len(fs.find(f"{ROOT}/t")) == 201
    assert fs.cat(f"{ROOT}/t/199") == b"199"
    merge, one, first = fs.log("lake-tests", "main", 3)
    assert (one["id"], one["metadata"], first["message"]) == (commit.id, {"k": "v"}, "start")
    assert merge["parents"][-1] == commit.id
    assert fs.branches("lake-tests") == ["main"]


def test_a_merge_that_conflicts_names_the_paths(fs: LakeFSFileSystem) -> None:
    _start(fs)
    fs.create_branch("lake-tests", "other", "main")
    for branch in ("main", "other"):
        fs.pipe_file(f"lake-tests/{branch}/start", branch.encode())
        fs.commit("lake-tests", branch, "changed")

    with pytest.raises(OSError, match="other cannot be merged into main: both changed start") as raised:
        fs.merge("lake-tests", "other", "main")

    assert raised.value.__cause__.conflicts == ["start"]
    with pytest.raises(OSError, match="both changed start"):
        asyncio.run(_merged_awaiting(fs))
    assert fs.merge("lake-tests", "other", "main", strategy="source-wins")
    assert fs.cat(f"{ROOT}/start") == b"other"
    fs.delete_branch("lake-tests", "other")


async def _merged_awaiting(fs: LakeFSFileSystem) -> None:
    await fs._merge("lake-tests", "other", "main")


def test_a_block_that_raises_changes_nothing(fs: LakeFSFileSystem) -> None:
    _start(fs)
    with pytest.raises(RuntimeError), fs.transaction("lake-tests", "main", branch_name="left", delete="always") as tx:
        fs.pipe_file("lake-tests/left/x", b"1")
        tx.commit("x")
        open_file = fs.open("lake-tests/left/y", "wb")
        open_file.write(b"1")
        raise RuntimeError
    assert open_file.closed
    assert not fs.exists(f"{ROOT}/x") and fs.branches("lake-tests") == ["main"]
    fs.pipe_file(f"{ROOT}/after", b"1")
    assert fs.exists(f"{ROOT}/after")


def test_what_is_not_committed_is_warned_of(fs: LakeFSFileSystem) -> None:
    _start(fs)
    with pytest.warns(UserWarning, match="uncommitted changes.*lost"), fs.transaction("lake-tests", "main") as tx:
        fs.pipe_file(f"lake-tests/{tx.branch.id}/x", b"1")
    assert not fs.exists(f"{ROOT}/x")


def test_a_write_that_fails_fails_the_transaction(fs: LakeFSFileSystem) -> None:
    _start(fs)
    with pytest.raises(FileExistsError) as caught, fs.transaction("lake-tests", "main", delete="always") as tx:
        for _ in range(2):
            fs.pipe_file(f"lake-tests/{tx.branch.id}/x", b"1", mode="create")
        tx.commit("x")
    assert caught.value.filename.endswith("/x")
    assert not fs.exists(f"{ROOT}/x") and fs.branches("lake-tests") == ["main"]


def test_versions_within_the_block(fs: LakeFSFileSystem) -> None:
    _start(fs)
    fs.create_branch("lake-tests", "other", "main")
    with fs.transaction("lake-tests", "main", automerge=False) as tx:
        fs.pipe_file(f"lake-tests/{tx.branch.id}/x", b"1")
        commit = tx.commit("x")
        merged = tx.merge(tx.branch, "other", message="into other")
        assert tx.rev_parse("other").id == merged.id
        assert tx.tag(commit, "v1").get_commit().id == commit.id
        assert fs.exists("lake-tests/other/x")
        assert tx.revert("other", merged.id).message.startswith("Revert")
        assert not fs.exists("lake-tests/other/x")
        assert tx.commit("nothing").id == commit.id
    assert fs.exists("lake-tests/v1/x") and not fs.exists(f"{ROOT}/x")


def test_a_transaction_needs_a_repository(fs: LakeFSFileSystem) -> None:
    with pytest.raises(ValueError, match="'none-such' does not exist"):
        fs.transaction("none-such")
    with pytest.raises(ValueError, match="needs a repository"), fs.transaction:
        pass


def test_other_branches_are_not_part_of_it(fs: LakeFSFileSystem) -> None:
    _start(fs)
    with pytest.raises(RuntimeError), fs.transaction("lake-tests", "main", delete="always"):
        fs.pipe_file("lake-tests/aside/x", b"1")
        raise RuntimeError
    assert fs.cat("lake-tests/aside/x") == b"1"


def test_coroutines_have_transactions(fs: LakeFSFileSystem) -> None:
    _start(fs)

    async def block(name: str, count: int) -> None:
        async with fs.atransaction("lake-tests", "main") as tx:
            writes = (fs._pipe_file(f"lake-tests/{tx.branch.id}/{name}/{i}", b"%d" % i) for i in range(count))
            await asyncio.gather(*writes)
            async with await fs.open_async(f"lake-tests/{tx.branch.id}/{name}/big", "wb") as file:
                await file.write(bytes(3 << 20))
            commit = await tx.commit(name, {"k": "v"})
            assert (await tx.rev_parse(tx.branch)).id == commit.id
            assert not await fs._exists(f"{ROOT}/{name}")
            assert await tx.tag(commit, f"tag-{name}") == f"tag-{name}"

    async def work() -> None:
        await asyncio.gather(block("a", 100), block("b", 100), fs._pipe_file("lake-tests/aside/beside", b"1"))

    asyncio.run(work())
    assert len(fs.find(f"{ROOT}/a")) == len(fs.find(f"{ROOT}/b")) == 101
    assert fs.exists("lake-tests/tag-a/a/99") and fs.exists("lake-tests/aside/beside")
    assert fs.branches("lake-tests") == ["aside", "main"]


def test_versions_within_a_block_of_coroutines(fs: LakeFSFileSystem) -> None:
    _start(fs)
    fs.create_branch("lake-tests", "other", "main")

    async def work() -> None:
        async with fs.atransaction("lake-tests", "main", automerge=False) as tx:
            await fs._pipe_file(f"lake-tests/{tx.branch.id}/x", b"1")
            commit = await tx.commit("x")
            merged = await tx.merge(tx.branch, "other", message="into other")
            assert (await tx.rev_parse("other")).id == merged.id
            assert await fs._exists("lake-tests/other/x")
            assert (await tx.revert("other", merged.id)).message.startswith("Revert")
            assert not await fs._exists("lake-tests/other/x")
            assert (await tx.commit("nothing")).id == commit.id

    asyncio.run(work())
    assert not fs.exists(f"{ROOT}/x")


def test_a_block_of_coroutines_that_fails_or_is_cancelled_changes_nothing(fs: LakeFSFileSystem) -> None:
    _start(fs)

    async def block(entered: asyncio.Event) -> None:
        async with fs.atransaction("lake-tests", "main", delete="always") as tx:
            await fs._pipe_file(f"lake-tests/{tx.branch.id}/x", b"1")
            await tx.commit("x")
            entered.set()
            await asyncio.Event().wait()

    async def work() -> None:
        entered = asyncio.Event()
        task = asyncio.create_task(block(entered))
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(FileNotFoundError):
            async with fs.atransaction("none-such"):
                pass
        with pytest.warns(UserWarning, match="uncommitted changes.*lost"):
            async with fs.atransaction("lake-tests") as tx:
                await fs._pipe_file(f"lake-tests/{tx.branch.id}/y", b"1")

    asyncio.run(work())
    assert not fs.exists(f"{ROOT}/x") and not fs.exists(f"{ROOT}/y")
    assert fs.branches("lake-tests") == ["main"]
