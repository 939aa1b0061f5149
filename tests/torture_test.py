"""`mere torture`, in short: servers are killed while clients work, and nothing acknowledged is lost."""

import json
from pathlib import Path

import pytest

from support import program


def torture(folder: Path, *flags: str) -> dict:
    ended = program.run("torture", "--json", "--dir", folder / "torture", *flags, cwd=folder, seconds=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads(ended.stdout)


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    told = torture(tmp_path, "--seed", "1", "--rounds", "8", "--clients", "3", "--a-round", "60")

    assert told["findings"] == []
    assert told["rounds"] == 8 == sum(told["faults"].values())
    assert 5 <= told["kills"] + told["stops"] <= 8  # a disk that fails may keep the server from starting
    assert told["operations"] == told["done"] + told["refused"] + told["failed"] + told["lost"]
    assert told["done"] > 100 and told["objects_read"] > 50
    assert told["histories"] == 8 and told["undecided"] == 0
    assert list((tmp_path / "torture").iterdir()) == [], "lakes in which nothing was found are removed"


def test_a_run_ends_with_its_operations(tmp_path: Path) -> None:
    told = torture(tmp_path, "--seed", "2", "--operations", "40", "--a-round", "10", "--faults", "kill", "--keep")

    assert 40 <= told["operations"] < 200
    assert told["stops"] == 0
    assert (tmp_path / "torture" / "lake-2" / "metadata").is_dir()


@pytest.mark.parametrize("flags", [("--faults", "kill,flood"), ("--clients", "0")])
def test_what_cannot_be_is_said(tmp_path: Path, flags: tuple[str, ...]) -> None:
    ended = program.run("torture", "--dir", tmp_path / "torture", *flags, cwd=tmp_path)

    assert ended.returncode in (1, 2)
    assert flags[-1].split(",")[-1] in ended.stderr
