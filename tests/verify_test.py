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
    restore(server, "lakefs-repo", "golden-repo", "golden")
    return server


def verify(lake: Server, *flags: str) -> tuple[int, list[dict]]:
    ended = program.run("verify", "--data", lake.data, "--json", *flags, cwd=lake.folder)
    assert "looked at" in ended.stderr, ended.stderr
    return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()]


def flip_a_bit(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0x04
    path.write_bytes(content)


def test_nothing_is_found_in_a_whole_lake(lake: Server) -> None:
    assert verify(lake) == (0, [])
    assert verify(lake, "--objects", "--all-commits") == (0, [])


def test_every_flipped_bit_is_found(lake: Server) -> None:
    namespace = lake.data / "objects" / "golden-repo"
    tables = [path for path in sorted((namespace / "_lakefs").iterdir()) if len(path.name) == 64]
    objects = [path for path in sorted((namespace / "data").rglob("*")) if path.is_file() and path.stat().st_size > 0]
    chance = random.Random(7)

    # One at a time: a damaged metarange hides the ranges that only it names.
    for path in chance.sample(tables, 8) + chance.sample(objects, 8):
        whole = path.read_bytes()
        flip_a_bit(path, chance.randrange(len(whole)))

        status, found = verify(lake, "--objects", "--all-commits")

        address = "local://golden-repo/" + str(path.relative_to(namespace))
        if status == 0:  # an object or table that no commit refers to: the fixture has some
            path.unlink()
            assert verify(lake, "--objects", "--all-commits") == (0, [])
        else:
            assert {finding["address"] for finding in found} == {address}
        path.write_bytes(whole)


def test_a_missing_object_and_a_missing_table_are_found(lake: Server) -> None:
    namespace = lake.data / "objects" / "golden-repo"
    gone = next(path for path in sorted((namespace / "data").rglob("*")) if path.is_file())
    table = next(path for path in sorted((namespace / "_lakefs").iterdir()) if len(path.name) == 64)
    gone.unlink()
    table.unlink()

    status, found = verify(lake, "--all-commits")

    assert status == 1
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
