"""A server whose secret the tests know, so that they can forge what only it should be able to make."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support import keys
from support.server import Server

SECRET = "a secret that the tests know"
FAR = 1 << 40  # seconds: a time that nobody lives to see


@contextmanager
def server_with_a_known_secret(folder: Path) -> Iterator[Server]:
    """It signs links, and has an object `a` in a repository `lake`."""
    settings = {"MERE_AUTH_ENCRYPT_SECRET_KEY": SECRET, "MERE_BLOCKSTORE_LOCAL_DISABLE_PRE_SIGNED": "false"}
    with Server(folder, environment=keys.INSTALLATION | settings) as running:
        with running.client() as client:
            client.post("/repositories", json={"name": "lake", "storage_namespace": "local://lake"}).raise_for_status()
            client.post(
                "/repositories/lake/branches/main/objects", params={"path": "a"}, content=b"a"
            ).raise_for_status()
        yield running
