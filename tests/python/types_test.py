"""Type checkers accept the packages and what users write with them, and find a user's mistake."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy")

HERE = Path(__file__).parent
WRONG = """
import mere_sdk
def f(client: mere_sdk.LakeFSClient) -> None:
    client.objects_api.stat_object('data', 'main', 7)
    mere_sdk.TagCreation(id='v1')
"""
PACKAGES = os.environ["PYTHONPATH"].split(os.pathsep)[0]


def mypy(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy", "--config-file", str(HERE.parents[1] / "pyproject.toml"),
               "--cache-dir", str(cwd / "cache"), "--python-version", "3.12", *arguments]
    return subprocess.run(command, cwd=cwd, env=os.environ | {"MYPYPATH": PACKAGES}, capture_output=True, text=True)


def test_examples_are_accepted_and_mistakes_found(tmp_path: Path) -> None:
    checked = mypy(str(HERE / "typed_examples.py"), cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout

    (tmp_path / "wrong.py").write_text(WRONG)
    checked = mypy(str(tmp_path / "wrong.py"), cwd=tmp_path)
    assert 'Argument 3 to "stat_object"' in checked.stdout
    assert 'Missing named argument "ref"' in checked.stdout


def test_the_packages_are_typed_throughout(tmp_path: Path) -> None:
    checked = mypy("-p", "mere", "-p", "mere_sdk", "-p", "mere_spec", cwd=tmp_path)

    assert checked.returncode == 0, checked.stdout


def pyright(cwd: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """basedpyright is pyright with its program inside, so that nothing is fetched when it runs."""
    settings = {"include": list(files), "extraPaths": [PACKAGES], "pythonVersion": "3.12",
                "typeCheckingMode": "strict", "reportMissingTypeStubs": "none"}
    (cwd / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "basedpyright", "--project", str(cwd)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


def test_pyright_accepts_the_examples_and_finds_mistakes(tmp_path: Path) -> None:
    pytest.importorskip("basedpyright")
    (tmp_path / "right.py").write_text((HERE / "typed_examples.py").read_text())
    checked = pyright(tmp_path, "right.py")
    assert checked.returncode == 0, checked.stdout

    (tmp_path / "wrong.py").write_text(WRONG)
    checked = pyright(tmp_path, "wrong.py")
    assert '"Literal[7]" is not assignable to "str"' in checked.stdout
    assert 'Argument missing for parameter "ref"' in checked.stdout
