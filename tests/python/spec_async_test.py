"""The file system for coroutines: no thread, any loop."""

import asyncio
import os
import threading
from pathlib import Path

import pytest
from spec_lakes import ROOT, fs, mere_spec  # noqa: F401

LakeFSFileSystem = mere_spec.LakeFSFileSystem


def test_coroutines_do_what_the_methods_do(fs: LakeFSFileSystem, tmp_path: Path) -> None:
    async def work() -> None:
        await fs._pipe({f"{ROOT}/d/{i:03}": b"%d" % i for i in range(300)})
        await fs._pipe_file("lake-tests/made/x", b"1")
        assert len(await fs._find(f"{ROOT}/d")) == 300
        assert len(await fs._ls(f"{ROOT}/d", detail=False)) == 300
        assert (await fs._info(f"{ROOT}/d/007"))["size"] == 1
        assert await fs._exists(f"{ROOT}/d") and await fs._isdir(f"{ROOT}/d")
        assert (await fs._cat(f"{ROOT}/d", recursive=True))[f"{ROOT}/d/007"] == b"7"
        assert await fs._cat_ranges([f"{ROOT}/d/123"] * 2, [0, 1], [1, 3]) == [b"1", b"23"]
        await fs._get(f"{ROOT}/d", str(tmp_path / "d"), recursive=True)
        await fs._put(str(tmp_path / "d"), f"{ROOT}/e", recursive=True)
        await fs._cp_file(f"{ROOT}/e/001", f"{ROOT}/f")
        await fs._rm(f"{ROOT}/d", recursive=True)
        assert await fs._glob(f"{ROOT}/*/00?") == [f"{ROOT}/e/00{i}" for i in range(10)]
        assert [len(files) async for _, _, files in fs._walk(ROOT)] == [1, 300]
        assert (await fs._commit("lake-tests", "main", "m"))["message"] == "m"
        assert await fs._branches("lake-tests") == ["made", "main"]
        with pytest.raises(FileNotFoundError):
            await fs._cat_file(f"{ROOT}/none")

    asyncio.run(work())


def test_thousands_of_reads_at_once_need_no_threads(fs: LakeFSFileSystem) -> None:
    fs.pipe_file(f"{ROOT}/x", b"data")
    before = threading.active_count()

    async def work() -> list[bytes]:
        reads = asyncio.gather(*(fs._cat_file(f"{ROOT}/x") for _ in range(3000)))
        await asyncio.sleep(0)
        assert threading.active_count() <= before
        return await reads

    assert set(asyncio.run(work())) == {b"data"}


def test_streams_in_both_directions(fs: LakeFSFileSystem) -> None:
    data = os.urandom(5 << 20)

    async def work() -> None:
        async with await fs.open_async(f"{ROOT}/s", "wb") as file:
            for start in range(0, len(data), 700_000):
                await file.write(data[start:start + 700_000])
        async with await fs.open_async(f"{ROOT}/s") as file:
            assert await file.read(10) == data[:10]
            file.seek(1 << 20)
            assert await file.read() == data[1 << 20:]
            assert await file.read() == b""
        with pytest.raises(RuntimeError):
            async with await fs.open_async(f"{ROOT}/n", "wb") as file:
                await file.write(data)
                raise RuntimeError
        assert not await fs._exists(f"{ROOT}/n")
        with pytest.raises(FileNotFoundError):
            await fs.open_async(f"{ROOT}/n")

    asyncio.run(work())


def test_methods_without_await_work_inside_of_a_loop(fs: LakeFSFileSystem) -> None:
    async def work() -> bytes:
        fs.pipe_file(f"{ROOT}/x", b"1")
        return fs.cat(f"{ROOT}/x")

    assert asyncio.run(work()) == b"1"


def test_a_cancelled_read_leaves_the_rest_working(fs: LakeFSFileSystem) -> None:
    fs.pipe_file(f"{ROOT}/x", bytes(8 << 20))

    async def work() -> None:
        tasks = [asyncio.create_task(fs._cat_file(f"{ROOT}/x")) for _ in range(4)]
        await asyncio.sleep(0)
        for task in tasks[:3]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(one) for one in results[:3]] == [asyncio.CancelledError] * 3
        assert len(results[3]) == 8 << 20

    asyncio.run(work())
