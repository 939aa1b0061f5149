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


def begin(api: httpx.Client, path: str, parts: int) -> dict:
    answer = api.post("/repositories/lake/branches/main/staging/pmpu", params={"path": path, "parts": parts})
    assert answer.status_code == 201, answer.text
    return answer.json()


def complete(api: httpx.Client, path: str, begun: dict, etags: list[tuple[int, str]]) -> httpx.Response:
    return api.put(f"/repositories/lake/branches/main/staging/pmpu/{begun['upload_id']}", params={"path": path},
                   json={"physical_address": begun["physical_address"],
                         "parts": [{"part_number": number, "etag": etag} for number, etag in etags]})


def put_parts(urls: list[str], parts: list[bytes]) -> list[tuple[int, str]]:
    """What a client without any credentials hands in of the answers: the emulators have no ETag, and what Google
    itself answers is the MD5."""
    google = "X-Goog-Signature" in urls[0]
    with httpx.Client(trust_env=False) as anyone:
        for url, part in zip(urls, parts):
            answer = anyone.put(url, content=part)
            assert answer.status_code in (200, 201), answer.text
            assert "ETag" not in answer.headers
    return [(number, hashlib.md5(part).hexdigest() if google else "") for number, part in enumerate(parts, 1)]


def test_an_object_is_written_in_parts_by_presigned_urls(server: Server, parent: str) -> None:
    parts = [bytes([number]) * (2**20 + number) for number in range(3)]
    with server.client() as api:
        create(api, "lake", f"{parent}/one").raise_for_status()
        assert api.get("/config").json()["storage_config"]["pre_sign_multipart_upload"]
        begun = begin(api, "in/parts", 3)
        etags = put_parts(begun["presigned_urls"], [b"first", *parts[1:]])
        etags = put_parts(begun["presigned_urls"][:1], parts[:1]) + etags[1:]  # one again: it replaces the first

        done = complete(api, "in/parts", begun, etags[::-1])
        again = complete(api, "in/parts", begun, etags)
        other = complete(api, "in/parts", begun, etags[:2])
        commit(api)

        assert done.status_code == 200, done.text
        assert done.json()["size_bytes"] == sum(map(len, parts))
        assert len(done.json()["checksum"]) == 32
        assert again.json() == done.json()
        assert other.status_code == 404
        assert read(api, "in/parts") == b"".join(parts)


def test_parts_of_presigned_urls_that_were_never_put_are_missing(server: Server, store: Store, parent: str) -> None:
    with server.client() as api:
        create(api, "lake", f"{parent}/one").raise_for_status()
        begun = begin(api, "missing", 2)
        nothing = complete(api, "missing", begun, [(1, "")])
        etags = put_parts(begun["presigned_urls"][:1], [b"only"])

        half = complete(api, "missing", begun, [*etags, (2, etags[0][1])])
        unseen = api.get("/repositories/lake/refs/main/objects", params={"path": "missing"})
        done = complete(api, "missing", begun, etags)

        assert (nothing.status_code, half.status_code) == (400, 400)
        assert "part 2 was not uploaded" in half.json()["message"]
        assert unseen.status_code == 404
        assert done.status_code == 200, done.text
        assert read(api, "missing") == b"only"


def test_parts_are_copied_and_put_in_one_upload(server: Server, parent: str) -> None:
    with server.client() as api:
        create(api, "lake", f"{parent}/one").raise_for_status()
        upload(api, "source", b"0123456789")
        begun = begin(api, "mixed", 1)
        etags = put_parts(begun["presigned_urls"], [b"put"])
        copied = api.put(f"/repositories/lake/branches/main/staging/pmpu/{begun['upload_id']}/parts/2/copy",
                         params={"path": "mixed"},
                         json={"physical_address": begun["physical_address"],
                               "copy_source": {"repository": "lake", "ref": "main", "path": "source"}})
        wrong = complete(api, "mixed", begun, [*etags, (2, "")])

        done = complete(api, "mixed", begun, [*etags, (2, copied.headers["ETag"])])

        assert wrong.status_code == 400
        assert done.status_code == 200, done.text
        assert read(api, "mixed") == b"put0123456789"


def test_an_upload_in_parts_by_presigned_urls_is_given_up(server: Server, parent: str) -> None:
    with server.client() as api:
        create(api, "lake", f"{parent}/one").raise_for_status()
        begun = begin(api, "none", 1)
        etags = put_parts(begun["presigned_urls"], [b"x"])

        ended = api.request("DELETE", f"/repositories/lake/branches/main/staging/pmpu/{begun['upload_id']}",
                            params={"path": "none"}, json={"physical_address": begun["physical_address"]})

        assert ended.status_code == 204
        assert complete(api, "none", begun, etags).status_code == 404


def test_a_copy_is_the_same_bytes(server: Server, parent: str) -> None:
    with server.client() as api:
        create(api, "lake", f"{parent}/one").raise_for_status()
        upload(api, "from", b"copied")
        copied = api.post("/repositories/lake/branches/main/objects/copy", params={"dest_path": "to"},
                          json={"src_path": "from"})

        assert copied.status_code == 201
        assert read(api, "to") == b"copied"
