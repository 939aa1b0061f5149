"""The program under test: MERE_BINARY, and one run of a command that ends by itself."""

import os
import subprocess
from pathlib import Path

from support.poll import patience


def binary() -> Path:
    path = os.environ.get("MERE_BINARY")
    if not path:
        raise RuntimeError("set MERE_BINARY to the program to test (./dev test system does)")
    return Path(path).resolve()


def clean_environment(extra: dict[str, str] | None = None, home: Path | None = None) -> dict[str, str]:
    """The caller's environment without settings of ours or lakeFS's, so that a test sees only its own."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("MERE_", "LAKEFS_", "LAKECTL_"))}
    if home is not None:
        kept["HOME"] = str(home)
    return kept | (extra or {})


def run(*arguments: str | Path, cwd: Path, environment: dict[str, str] | None = None,
        seconds: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run([binary(), *map(str, arguments)], cwd=cwd, env=clean_environment(environment, home=cwd),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=patience(seconds))
