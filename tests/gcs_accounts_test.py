"""A lake in Google Cloud Storage whose data another service account reads and writes than its metadata."""

import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support import keys
from support.gcs_service import GcsService
from support.recording_gcs import RecordingGcs
from support.server import Server

METADATA, DATA = "metadata@tests", "data@tests"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GcsService]:
    service = GcsService(tmp_path_factory.mktemp("gs")).start()
    yield service
    service.stop()


@pytest.fixture
def google(service: GcsService) -> Iterator[RecordingGcs]:
    with RecordingGcs(service.endpoint) as recording:
        yield recording


def settings(google: RecordingGcs, folder: Path, **accounts: str) -> dict[str, str]:
    files = {f"MERE_BLOCKSTORE_GS_{name.upper()}_FILE": str(google.write_account(folder / name, email))
             for name, email in accounts.items()}
    return keys.INSTALLATION | files | {"MERE_BLOCKSTORE_TYPE": "gs",
                                        "MERE_BLOCKSTORE_GS_TEST_ENDPOINT_URL": google.endpoint}


def use(api: httpx.Client, namespace: str) -> str:
    """All that touches the store; a presigned URL of an object."""
    api.post("/repositories", json={"name": "lake", "storage_namespace": namespace}).raise_for_status()
    lake = "/repositories/lake"
    for path, content in (("small", b"small"), ("large", bytes(20 << 20))):
        api.post(f"{lake}/branches/main/objects", params={"path": path}, content=content,
                 headers={"Content-Type": "application/octet-stream"}).raise_for_status()
    api.post(f"{lake}/branches/main/objects/copy", params={"dest_path": "copy"},
             json={"src_path": "small"}).raise_for_status()
    api.post(f"{lake}/branches/main/commits", json={"message": "m"}).raise_for_status()
    assert api.get(f"{lake}/refs/main/objects", params={"path": "copy"}).content == b"small"
    stat = api.get(f"{lake}/refs/main/objects/stat", params={"path": "small", "presign": True})
    stat.raise_for_status()
    return stat.json()["physical_address"]


def signed_by(url: str) -> str:
    return urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["X-Goog-Credential"][0].split("/")[0]


def is_metadata(name: str) -> bool:
    return "/_lakefs/" in name


def test_each_account_does_its_own(google: RecordingGcs, service: GcsService, tmp_path: Path) -> None:
    accounts = settings(google, tmp_path, credentials=METADATA, data_credentials=DATA)
    with Server(tmp_path / "lake", environment=accounts) as server, server.client() as api:
        url = use(api, f"gs://{service.new_bucket()}/one")

    assert {one.account for one in google.done if is_metadata(one.name)} == {METADATA}
    assert {one.account for one in google.done if "/data/" in one.name} == {DATA}
    written = {one.name for one in google.done if one.method == "POST"}
    assert any(map(is_metadata, written)) and any("/data/" in name for name in written)
    assert signed_by(url) == DATA


def test_without_a_second_account_one_does_all(google: RecordingGcs, service: GcsService, tmp_path: Path) -> None:
    with Server(tmp_path / "lake", environment=settings(google, tmp_path, credentials=METADATA)) as server:
        with server.client() as api:
            url = use(api, f"gs://{service.new_bucket()}/one")

    assert {one.account for one in google.done} == {METADATA}
    assert signed_by(url) == METADATA


def test_credentials_that_are_none_are_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("{}")
    broken = keys.INSTALLATION | {"MERE_BLOCKSTORE_TYPE": "gs",
                                  "MERE_BLOCKSTORE_GS_TEST_ENDPOINT_URL": "http://127.0.0.1:1",
                                  "MERE_BLOCKSTORE_GS_DATA_CREDENTIALS_FILE": str(tmp_path / "broken")}
    server = Server(tmp_path / "lake", environment=broken)

    with pytest.raises(RuntimeError, match="the credentials for data.*broken"):
        server.start()
