"""The file systems that the tests of mere_spec run on: a server's, and a folder's in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fsspec")
mere_spec = pytest.importorskip("mere_spec")

from support import keys  # noqa: E402
from support.server import Server  # noqa: E402

ROOT = "lake-tests/main"


def of_server(server: Server, **options: object) -> "mere_spec.LakeFSFileSystem":
    return mere_spec.LakeFSFileSystem(host=server.url, username=keys.ACCESS_KEY, password=keys.SECRET_KEY, **options)


@pytest.fixture(params=["server", "folder"])
def fs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator["mere_spec.LakeFSFileSystem"]:
    """A file system with the empty repository `lake-tests`, and nothing in its caches."""
    if request.param == "server":
        made = of_server(request.getfixturevalue("server"), skip_instance_cache=True)
    else:
        made = mere_spec.LakeFSFileSystem(lake=tmp_path / "lake", skip_instance_cache=True)
    made.create_repository("lake-tests", f"local://{tmp_path.name}-{request.param}")
    yield made
    made.delete_repository("lake-tests")
    made.client.close()
