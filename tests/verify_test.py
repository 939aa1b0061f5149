"""`mere verify`: whatever is damaged or missing in a lake is found, and nothing is reported of a whole one."""

import json
import random
from pathlib import Path

import pytest

from restore_test import restore
from support import keys, program
from support.server import Server


@pytest.fixture
def lake(tmp_path) -> Server:
    """A repository that lakeFS wrote, and no server running."""
    server = Server(tmp_path, environment=keys.INSTALLATION)
    restore(server, "lakefs-split", "golden-repo", "golden")
    return server


def verify(lake: Server, *flags: str) -> list[dict]:
    """What was found in the storage namespace; objects that were imported lie where this machine has nothing."""
    ended = program.run("verify", "--data", lake.data, "--json", *flags, cwd=lake.folder)
    assert "looked at" in ended.stderr, ended.stderr
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == (1 if found else 0)
    inside = [finding for finding in found if finding["address"].startswith("local://golden-repo/")]
    assert {finding["kind"] for finding in found if finding not in inside} <= {"unreadable"}
    return inside


def flip_a_bit(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0x04
    path.write_bytes(content)


def test_nothing_is_found_in_a_whole_lake(lake: Server) -> None:
    assert verify(lake) == []
    assert verify(lake, "--objects", "--all-commits") == []


def test_a_whole_lake_of_ours_is_told_by_the_exit_status(make_server) -> None:
    server = make_server()
    with server, server.client() as api:
        api.post("/repositories", json={"name": "ours", "storage_namespace": "local://ours"}).raise_for_status()
        api.post("/repositories/ours/branches/main/objects", params={"path": "a"}, content=b"a").raise_for_status()
        api.post("/repositories/ours/branches/main/commits", json={"message": "one"}).raise_for_status()
        api.post("/repositories/ours/branches/main/objects", params={"path": "b"}, content=b"b").raise_for_status()

    ended = program.run("verify", "--data", server.data, "--objects", cwd=server.folder)

    assert (ended.returncode, ended.stdout) == (0, "")
    assert "2 objects were looked at, 2 bytes read" in ended.stderr
    assert ended.stderr.endswith(": nothing found\n")


def test_every_flipped_bit_is_found(lake: Server) -> None:
    namespace = lake.data / "objects" / "golden-repo"
    tables = [path for path in sorted((namespace / "_lakefs").iterdir()) if len(path.name) == 64]
    objects = [path for path in sorted((namespace / "data").rglob("*")) if path.is_file() and path.stat().st_size > 0]
    chance = random.Random(7)

    # One at a time: a damaged metarange hides the ranges that only it names.
    for path in chance.sample(tables, 8) + chance.sample(objects, 8):
        whole = path.read_bytes()
        flip_a_bit(path, chance.randrange(len(whole)))

        found = verify(lake, "--objects", "--all-commits")

        address = "local://golden-repo/" + str(path.relative_to(namespace))
        if found:
            assert {finding["address"] for finding in found} == {address}
        else:  # nothing refers to it: the recorded namespace has such files
            path.unlink()
            assert verify(lake, "--objects", "--all-commits") == []
        path.write_bytes(whole)


def test_a_missing_object_and_a_missing_table_are_found(lake: Server) -> None:
    namespace = lake.data / "objects" / "golden-repo"
    gone = next(path for path in sorted((namespace / "data").rglob("*")) if path.is_file())
    table = next(path for path in sorted((namespace / "_lakefs").iterdir()) if len(path.name) == 64)
    gone.unlink()
    table.unlink()

    found = verify(lake, "--all-commits")

    kinds = {finding["address"].removeprefix("local://golden-repo/"): finding["kind"] for finding in found}
    assert kinds.get(str(table.relative_to(namespace))) == "missing_table"
    assert set(kinds.values()) <= {"missing_table", "missing_object"}


def test_what_is_found_is_told_to_a_person_too(lake: Server) -> None:
    namespace = lake.data / "objects" / "golden-repo"
    for path in (namespace / "data").rglob("*"):
        if path.is_file():
            path.unlink()

    ended = program.run("verify", "--data", lake.data, "golden", cwd=lake.folder)

    assert ended.returncode == 1
    assert "missing_object: golden, branch " in ended.stdout
    assert " found\n" in ended.stderr


def test_an_unknown_repository_is_an_error(lake: Server) -> None:
    ended = program.run("verify", "--data", lake.data, "nowhere", cwd=lake.folder)

    assert ended.returncode == 1
    assert ended.stderr.startswith("mere: verifying: ")
