"""Programs that end while other threads are at work: the process exits as if they were not there."""

import json
import subprocess
import sys

import mere_lakes
import pytest

HEAD = """
import json, sys, threading, time
import mere

way = json.loads(sys.argv[1])
client = mere.Client(**way)
branch = mere.Repository("endings", client=client).create("local://endings", exist_ok=True).branch("main")
branch.object("x").upload(b"x" * 100_000)
at_work = threading.Barrier(5)

def again_and_again(work):
    work()
    at_work.wait()
    while True:
        work()

def start(*works):
    for work in works:
        threading.Thread(target=again_and_again, args=(work,), daemon=True).start()
    at_work.wait()

def read():
    with branch.object("x").reader() as reader:
        reader.read()

def pieces():
    for _ in range(100):
        time.sleep(0)
        yield b"x" * 1000
"""

READS = "start(read, read, lambda: list(branch.objects()), lambda: branch.object('x').stat())"
# The threads wait for the interpreter's lock in the midst of a call.
CALLBACKS = """
sdk = client.sdk_client.objects_api
put = lambda: sdk.upload_object("endings", "main", "y", content=pieces())
start(read, read, put, put)
"""
AWAITED = """
import asyncio
import mere.aio

async def read_all():
    there = mere.aio.Client(**way)
    branch = mere.aio.Repository("endings", client=there).branch("main")
    async def one():
        async with branch.object("x").reader() as reader:
            await reader.read()
    await asyncio.gather(*(one() for _ in range(8)))

start(*[lambda: asyncio.run(read_all())] * 4)
"""


@pytest.mark.parametrize("way", mere_lakes.WAYS)
@pytest.mark.parametrize("work", [READS, CALLBACKS, AWAITED], ids=["reads", "callbacks", "awaited"])
def test_a_program_ends_though_daemon_threads_are_in_the_midst_of_calls(
    work: str, way: str, request: pytest.FixtureRequest
) -> None:
    arguments = json.dumps(mere_lakes.arguments(way, request))
    for _ in range(5):  # each ends at another moment of theirs
        done = subprocess.run(
            [sys.executable, "-c", HEAD + work, arguments], capture_output=True, text=True, timeout=60
        )

        assert (done.returncode, done.stderr) == (0, "")


def test_a_program_ends_though_a_thread_waits_for_a_silent_server() -> None:
    program = """
import socket, threading
import mere

silent = socket.create_server(("127.0.0.1", 0))
host = "http://127.0.0.1:%d" % silent.getsockname()[1]
client = mere.Client(host=host, username="a", password="b")
branch = mere.Repository("endings", client=client).branch("main")
threading.Thread(target=branch.object("x").stat, daemon=True).start()
accepted = silent.accept()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")
