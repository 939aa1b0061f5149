"""Ten thousand reads at once on one loop, of each interface, take no thread each."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

mere = pytest.importorskip("mere")
pytest.importorskip("mere_sdk._native")
mere_spec = pytest.importorskip("mere_spec")

import mere_sdk  # noqa: E402
from mere import aio  # noqa: E402
from mere_sdk import aio as sdk_aio  # noqa: E402

import mere_lakes  # noqa: E402

READS = 10_000
MORE_THREADS = 8  # of the core, whatever is asked: its own thread, the HTTP client's, workers of a lake


def threads() -> int:
    """Those of the process, Python's and others."""
    return len(list(Path("/proc/self/task").iterdir()))


@pytest.fixture(scope="module", params=mere_lakes.WAYS)
def lake(request: pytest.FixtureRequest) -> dict:
    arguments = mere_lakes.arguments(request.param, request)
    with mere.Client(**arguments) as client:
        branch = mere.repository("many", client).create("local://many").branch("main")
        branch.object("x").upload(b"data")
        yield arguments


async def _all_at_once(read: Callable[[], Awaitable[bytes]]) -> None:
    assert await read() == b"data"
    before = threads()
    reads = [asyncio.ensure_future(read()) for _ in range(READS)]
    most = before
    while not all(one.done() for one in reads):
        most = max(most, threads())
        await asyncio.sleep(0.01)
    assert {one.result() for one in reads} == {b"data"}
    assert most <= before + MORE_THREADS


def test_of_the_high_level_interface(lake: dict) -> None:
    async def work() -> None:
        async with aio.Client(**lake) as client:
            branch = aio.repository("many", client).branch("main")

            async def read() -> bytes:
                async with branch.object("x").reader() as reader:
                    return await reader.read()

            await _all_at_once(read)

    asyncio.run(work())


def test_of_the_generated_interface(lake: dict) -> None:
    settings = {**lake, "host": lake["host"] + "/api/v1"} if "host" in lake else lake

    async def work() -> None:
        async with sdk_aio.LakeFSClient(mere_sdk.Configuration(**settings)) as client:
            await _all_at_once(lambda: client.objects_api.get_object("many", "main", "x"))

    asyncio.run(work())


def test_of_the_file_system(lake: dict) -> None:
    fs = mere_spec.LakeFSFileSystem(**lake, asynchronous=True, skip_instance_cache=True)

    asyncio.run(_all_at_once(lambda: fs._cat_file("many/main/x")))
