"""The real lakefs and lakefs_spec packages do their work on mere_sdk in place of lakefs_sdk."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize("suite", ["lakefs_test.py", "lakefs_spec_test.py"])
def test_on_mere_sdk(suite: str) -> None:
    script = f"import sdk_alias; sdk_alias.install(); import pytest; raise SystemExit(pytest.main(['-q', {suite!r}]))"
    paths = os.pathsep.join([str(HERE), os.environ["PYTHONPATH"]])

    ran = subprocess.run([sys.executable, "-c", script], cwd=HERE.parent, env=os.environ | {"PYTHONPATH": paths},
                         capture_output=True, text=True)

    assert ran.returncode == 0, ran.stdout + ran.stderr
