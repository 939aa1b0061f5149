"""Streams keep little: at most 64 MiB above what the program holds, measured in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mere_sdk._native")
pytest.importorskip("mere_spec")

from support import keys  # noqa: E402
from support.server import Server  # noqa: E402

LIMIT_KIB = 64 << 10

PROLOGUE = """
import os, resource, sys
import mere, mere_sdk, mere_spec
from mere_sdk._native import BodyPipe

MIB, CHUNK = 256, os.urandom(1 << 20)
lake = dict(zip(sys.argv[1::2], sys.argv[2::2]))

def peak_kib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

client = mere.Client(**lake)
mere.Repository("memory", client=client).create("local://memory", exist_ok=True)
branch = mere.Repository("memory", client=client).branch("main")
branch.object("warm").upload(CHUNK)  # what the first call needs is there
with branch.object("warm").reader() as reader:
    reader.read()
fs = mere_spec.LakeFSFileSystem(**lake)
"""

WAYS = {
    "high level": """
with branch.object("big").writer("wb") as writer:
    for _ in range(MIB):
        writer.write(CHUNK)
with branch.object("big").reader("rb") as reader:
    size = 0
    while piece := reader.read(1 << 20):
        size += len(piece)
""",
    "generated": """
api = client.sdk_client.objects_api
api.upload_object("memory", "main", "big", content=(CHUNK for _ in range(MIB)))
size = 0
with client.sdk_client.stream_object("memory", "main", "big") as body:
    while piece := body.read(1 << 20):
        size += len(piece)
""",
    "fsspec": """
with fs.open("memory/main/big", "wb") as file:
    for _ in range(MIB):
        file.write(CHUNK)
size = 0
with fs.open("memory/main/big", "rb") as file:
    while piece := file.read(1 << 20):
        size += len(piece)
""",
}

EPILOGUE = """
assert size == MIB << 20, size
print(before, peak_kib())
"""


@pytest.mark.parametrize("interface", WAYS)
@pytest.mark.parametrize("way", ["server", "folder"])
def test_a_stream_of_256_mib_keeps_little(way: str, interface: str, request: pytest.FixtureRequest,
                                          tmp_path: Path) -> None:
    if way == "server":
        server: Server = request.getfixturevalue("server")
        lake = {"host": server.url, "username": keys.ACCESS_KEY, "password": keys.SECRET_KEY}
    else:
        lake = {"lake": str(tmp_path / "lake")}
    script = PROLOGUE + "before = peak_kib()\n" + WAYS[interface] + EPILOGUE
    arguments: list[Any] = [word for pair in lake.items() for word in pair]

    run = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, env=os.environ)

    assert run.returncode == 0, run.stderr
    before, after = map(int, run.stdout.split())
    assert after - before <= LIMIT_KIB, f"{(after - before) >> 10} MiB more"
