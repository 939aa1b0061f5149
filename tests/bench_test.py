"""The benchmark harness works: its small form, whose figures mean nothing."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

BENCH = pathlib.Path(__file__).resolve().parent.parent / "bench"


def test_the_harness_measures_all_of_its_work(tmp_path: pathlib.Path) -> None:
    binary = pathlib.Path(os.environ["MERE_BINARY"]).resolve()
    if not (binary.parent / "load").is_file() or not (binary.parent / "http_bench_server").is_file():
        pytest.skip("load and http_bench_server are not built beside mere")

    run = subprocess.run(
        [sys.executable, BENCH / "run.py", "--quick", "--json", "--plain-s3", "seaweedfs", "--folder", tmp_path],
        env={**os.environ, "MERE_BINARY": str(binary)}, capture_output=True, text=True, timeout=600,
    )

    assert run.returncode == 0, run.stderr
    measured = json.loads(run.stdout)
    for part, least in (("mere", 20), ("mere at scale", 15), ("mere s3", 10), ("plain s3", 10), ("limits", 4)):
        assert len(measured[part]) >= least, part
    assert measured["mere"]["of their requests refused"][0] == 0
    figures = {**measured["mere"], **measured["mere at scale"], **measured["mere s3"]}
    for name, (value, unit) in figures.items():
        assert value > 0 or name == "of their requests refused" or unit in ("MiB", "µs"), (name, value)
