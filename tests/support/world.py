"""A lake among files that nobody may read: fixtures for tests that try to leave it (import them by name)."""

from pathlib import Path

import pytest

from support import keys
from support.observer import unharmed
from support.server import Server

SECRET = b"what nobody may read"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory):
    """A folder with the lake in it, an import folder, and beside them what must not be touched."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "secret").write_bytes(SECRET)
    (folder / "import").mkdir()
    (folder / "import" / "good").write_bytes(b"good")
    (folder / "import-not").mkdir()
    (folder / "import-not" / "secret").write_bytes(SECRET)
    return folder


@pytest.fixture(scope="module")
def server(world: Path):
    settings = {
        "MERE_BLOCKSTORE_LOCAL_IMPORT_ENABLED": "true",
        "MERE_BLOCKSTORE_LOCAL_ALLOWED_EXTERNAL_PREFIXES": str(world / "import"),
        "MERE_BLOCKSTORE_LOCAL_DISABLE_PRE_SIGNED": "false",
    }
    with Server(world / "server", environment=keys.INSTALLATION | settings) as running:
        with running.client() as client:
            client.post("/repositories", json={"name": "lake", "storage_namespace": "local://lake"}).raise_for_status()
            client.post(
                "/repositories", json={"name": "other", "storage_namespace": "local://other"}
            ).raise_for_status()
        yield running


def _tree(folder: Path, without: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and without not in path.parents
    }


@pytest.fixture(autouse=True)
def nothing_outside_changes(world: Path, server):
    before = _tree(world, without=world / "server")
    with unharmed(server):
        yield
    assert _tree(world, without=world / "server") == before
