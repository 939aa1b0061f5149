"""Lakes whose objects lie in Azure Blob Storage and in Google Cloud Storage: `mere serve` on real emulators."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from support import keys
from support.azure_service import AzureService
from support.gcs_service import GcsService
from support.poll import until
from support.server import Server


@dataclass
class Store:
    """A service, and how a test puts and lists what lies in it without Mere."""

    type: str
    settings: dict[str, str]
    new_parent: Callable[[], str]  # a container's or bucket's address
    put: Callable[[str, str, bytes], None]  # parent's address, name, bytes
    names: Callable[[str], set[str]]  # of all objects of a parent


def _azure(service: AzureService) -> Store:
    container = lambda parent: service.client().get_container_client(parent.rsplit("/", 1)[1])
    return Store("azure", service.settings(), lambda: service.address(service.new_container()),
                 lambda parent, name, content: container(parent).upload_blob(name, content),
                 lambda parent: {blob.name for blob in container(parent).list_blobs()})


def _gcs(service: GcsService) -> Store:
    bucket = lambda parent: parent.removeprefix("gs://")

    def put(parent: str, name: str, content: bytes) -> None:
        with service.client() as client:
            client.post(f"/upload/storage/v1/b/{bucket(parent)}/o", params={"uploadType": "media", "name": name},
                        content=content).raise_for_status()

    def names(parent: str) -> set[str]:
        with service.client() as client:
            return {item["name"] for item in client.get(f"/storage/v1/b/{bucket(parent)}/o").json().get("items", [])}

    return Store("gs", service.settings(), lambda: f"gs://{service.new_bucket()}", put, names)


@pytest.fixture(scope="module", params=["azure", "gs"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp(request.param)
    service = AzureService(folder) if request.param == "azure" else GcsService(folder)
    service.start()
    yield _azure(service) if request.param == "azure" else _gcs(service)
    service.stop()


@pytest.fixture
def server(store: Store, tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path, environment=keys.INSTALLATION | store.settings)
    with running:
        yield running


@pytest.fixture
def parent(store: Store) -> str:
    return store.new_parent()


def create(api: httpx.Client, name: str, namespace: str) -> httpx.Response:
    return api.post("/repositories", json={"name": name, "storage_namespace": namespace})


def upload(api: httpx.Client, path: str, content: bytes) -> dict:
    answer = api.post("/repositories/lake/branches/main/objects", params={"path": path}, content=content,
                      headers={"Content-Type": "application/octet-stream"})
    answer.raise_for_status()
    return answer.json()


def commit(api: httpx.Client) -> None:
    api.post("/repositories/lake/branches/main/commits", json={"message": "m"}).raise_for_status()


def read(api: httpx.Client, path: str, **headers: str) -> bytes:
    answer = api.get("/repositories/lake/refs/main/objects", params={"path": path}, headers=headers)
    answer.raise_for_status()
    return answer.content


def test_the_configuration_tells_the_kind_of_store(server: Server, store: Store) -> None:
    with server.client() as api:
        config = api.get("/config").json()["storage_config"]

    assert config["blockstore_type"] == store.type
    assert config["import_support"]


def test_what_was_committed_is_read_after_a_restart(server: Server, store: Store, parent: str) -> None:
    large = bytes(range(256)) * (20 << 12)  # 20 MiB: several parts
    with server.client() as api:
        create(api, "lake", f"{parent}/one").raise_for_status()
        small = upload(api, "a/small object", b"small")
        upload(api, "a/large", large)
        upload(api, "empty", b"")
        commit(api)
        server.stop()

    assert small["physical_address"].startswith(f"{parent}/one/data/")
    assert small["checksum"] == hashlib.md5(b"small").hexdigest()
    assert "one/_lakefs/dummy" in store.names(parent)
    assert not any(".mere-uploads" in name for name in store.names(parent))
    with server.start().client() as api:
        assert read(api, "a/small object") == b"small"
        assert read(api, "a/large") == large
        assert read(api, "a/large", Range="bytes=9000000-9000009") == large[9_000_000:9_000_010]
        assert read(api, "empty") == b""


def test_a_namespace_has_one_repository(server: Server, parent: str) -> None:
    with server.client() as api:
        assert create(api, "lake", f"{parent}/one").status_code == 201
        again = create(api, "other", f"{parent}/one")
        nowhere = create(api, "third", f"{parent}-missing/one")

    assert again.status_code == 400
    assert "already in use" in again.json()["message"]
    assert nowhere.status_code in (400, 404)


def test_addresses_of_other_stores_are_refused(server: Server) -> None:
    with server.client() as api:
        for namespace in ("s3://bucket/x", "local://x", "https://another.blob.core.windows.net/container/x"):
            assert create(api, "lake", namespace).status_code == 400


def test_what_lies_in_the_store_is_imported(server: Server, store: Store, parent: str) -> None:
    for number in range(25):
        store.put(parent, f"raw/day={number % 5}/{number}.csv", b"%d" % number)
    with server.client() as api:
        create(api, "lake", f"{parent}/one").raise_for_status()
        started = api.post("/repositories/lake/branches/main/import", json={
            "paths": [{"type": "common_prefix", "path": f"{parent}/raw/", "destination": "in/"}],
            "commit": {"message": "m"}})
        assert started.status_code == 202
        state = until(lambda: (found := api.get("/repositories/lake/branches/main/import", params=started.json())
                               .json()) and (found["completed"] or found.get("error")) and found)

        assert state["completed"], state
        assert state["ingested_objects"] == 25
        listed = api.get("/repositories/lake/refs/main/objects/ls", params={"prefix": "in/", "amount": 100}).json()
        assert len(listed["results"]) == 25
        assert listed["results"][0]["physical_address"].startswith(f"{parent}/raw/day=0/")
        assert read(api, "in/day=3/8.csv") == b"8"


def test_a_copy_is_the_same_bytes(server: Server, parent: str) -> None:
    with server.client() as api:
        create(api, "lake", f"{parent}/one").raise_for_status()
        upload(api, "from", b"copied")
        copied = api.post("/repositories/lake/branches/main/objects/copy", params={"dest_path": "to"},
                          json={"src_path": "from"})

        assert copied.status_code == 201
        assert read(api, "to") == b"copied"
