"""A server that is killed in the middle of an import goes on with it at its next start, under the same id."""

import os
from pathlib import Path

import pytest

from support.poll import until

ENDLESS = 1 << 40  # bytes of a file with nothing in it, whose checksum nobody lives to see


@pytest.fixture
def importing(make_server, tmp_path: Path):
    """A server that imports a folder of ten small files and one without end."""
    files = tmp_path / "files"
    files.mkdir()
    for number in range(10):
        (files / f"small{number}").write_text(f"small {number}")
    with (files / "endless").open("wb") as file:
        os.truncate(file.fileno(), ENDLESS)
    server = make_server(environment={"MERE_BLOCKSTORE_LOCAL_IMPORT_ENABLED": "true",
                                      "MERE_BLOCKSTORE_LOCAL_ALLOWED_EXTERNAL_PREFIXES": str(files)}).start()
    with server.client() as client:
        client.post("/repositories", json={"name": "repo", "storage_namespace": "local://repo"}).raise_for_status()
        paths = [{"path": f"local://{files}/", "destination": "in/", "type": "common_prefix"}]
        started = client.post("/repositories/repo/branches/main/import",
                              json={"paths": paths, "commit": {"message": "imported"}})
    assert started.status_code == 202, started.text
    return server, files, started.json()["id"]


def status_of(client, import_id: str) -> dict:
    answer = client.get("/repositories/repo/branches/main/import", params={"id": import_id})
    answer.raise_for_status()
    return answer.json()


def messages(client) -> list[str]:
    return [commit["message"] for commit in client.get("/repositories/repo/refs/main/commits").json()["results"]]


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_an_import_that_was_interrupted_is_finished_and_merged_once(importing, end: str) -> None:
    server, files, import_id = importing
    with server.client() as client:
        before = status_of(client, import_id)
    getattr(server, end)()
    os.truncate(files / "endless", 3)

    server.start()

    assert not before["completed"] and "error" not in before
    with server.client() as client:
        until(lambda: status_of(client, import_id)["completed"], 60, "the end of the import")
        status = status_of(client, import_id)
        assert status["ingested_objects"] == 11 and "error" not in status
        assert messages(client).count("imported") == 1
        listed = client.get("/repositories/repo/refs/main/objects/ls", params={"prefix": "in/"}).json()["results"]
        assert len(listed) == 11
    server.kill()
    server.start()
    with server.client() as client:
        assert status_of(client, import_id) == status
        assert messages(client).count("imported") == 1


def test_an_import_that_was_cancelled_stays_so_across_a_kill(importing) -> None:
    server, files, import_id = importing
    with server.client() as client:
        client.delete("/repositories/repo/branches/main/import", params={"id": import_id}).raise_for_status()
        cancelled = status_of(client, import_id)
    server.kill()
    os.truncate(files / "endless", 3)

    server.start()

    with server.client() as client:
        assert status_of(client, import_id) == cancelled
        assert cancelled["error"]["message"] == "import error: Canceled" and not cancelled["completed"]
        assert "imported" not in messages(client)
