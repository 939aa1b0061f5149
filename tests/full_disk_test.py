"""The disk fills up: writes are refused with 507, what was acknowledged stays, and the server goes on once there is space."""

import os
import resource
import subprocess
from pathlib import Path

import httpx
import pytest

from support.poll import until

MIB = 1 << 20
AT = "/repositories/repo"


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 48 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no permission to mount a small file system: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def upload(client: httpx.Client, path: str, content: bytes) -> httpx.Response:
    return client.post(f"{AT}/branches/main/objects", params={"path": path}, content=content)


def read(client: httpx.Client, path: str) -> bytes:
    return client.get(f"{AT}/refs/main/objects", params={"path": path}).raise_for_status().content


def make_repository(client: httpx.Client) -> None:
    client.post("/repositories", json={"name": "repo", "storage_namespace": "local://repo"}).raise_for_status()


def test_a_full_disk_refuses_writes_and_loses_nothing(make_server, small_disk: Path) -> None:
    server = make_server()
    server.data = small_disk / "lake"
    with server.start().client() as client:
        make_repository(client)
        kept = {f"kept/{number}": os.urandom(MIB) for number in range(3)}
        for path, content in kept.items():
            assert upload(client, path, content).status_code == 201
        filler = fill(small_disk)

        refused = upload(client, "too-much", os.urandom(4 * MIB))

        assert refused.status_code == 507, refused.text
        assert refused.json()["message"]
        assert client.get(f"{AT}/refs/main/objects", params={"path": "too-much"}).status_code == 404
        assert all(read(client, path) == content for path, content in kept.items())
        # Even the metadata store is out of space at last: that is refused, too.
        last = until(lambda: next((answer for number in range(50) if not (answer := upload(
            client, f"small/{number}", os.urandom(200_000))).is_success), None), what="a refusal")
        assert last.status_code in (500, 503, 507), last.text

        filler.unlink()
        until(lambda: upload(client, "again", b"space again").status_code == 201, what="writes to work again")
        assert client.post(f"{AT}/branches/main/commits", json={"message": "after all"}).status_code == 201
        assert all(read(client, path) == content for path, content in kept.items())
    server.kill()

    with server.start().client() as client:
        assert all(read(client, path) == content for path, content in kept.items())
        assert read(client, "again") == b"space again"
        listed = client.get(f"{AT}/refs/main/objects/ls", params={"amount": 1000}).json()["results"]
        assert "too-much" not in [entry["path"] for entry in listed]
        assert all(len(read(client, entry["path"])) == entry["size_bytes"] for entry in listed)


def fill(folder: Path) -> Path:
    """Leaves about 1 MiB."""
    filler = folder / "filler"
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    filler.write_bytes(bytes(max(free - MIB, 0)))
    return filler


def test_a_file_that_the_system_does_not_allow_is_refused(make_server) -> None:
    limit = 8 * MIB
    server = make_server(before_exec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    with server.start().client() as client:
        make_repository(client)
        assert upload(client, "small", b"small").status_code == 201

        refused = upload(client, "large", bytes(2 * limit))

        assert refused.status_code == 413, refused.text
        assert client.get(f"{AT}/refs/main/objects", params={"path": "large"}).status_code == 404
        assert upload(client, "small again", b"again").status_code == 201
        assert read(client, "small") == b"small"
