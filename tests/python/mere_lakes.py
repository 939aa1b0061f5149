"""Both ways to a lake, for the tests of the high-level package: through a server, and opened in
this process.
"""

from pathlib import Path
from typing import Any

import pytest

from support import keys
from support.server import Server

WAYS = ("http", "embedded")


def arguments(way: str, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Those of a Client."""
    if way == "embedded":
        folder: Path = request.getfixturevalue("tmp_path_factory").mktemp("embedded")
        return {"lake": str(folder / "lake")}
    server: Server = request.getfixturevalue("server")
    return {"host": server.url, "username": keys.ACCESS_KEY, "password": keys.SECRET_KEY}
