"""`mere serve` with its objects on S3: a real service (support/s3_service.py), plain HTTP, and kills."""

import hashlib
import os
import random

import httpx
import pytest

from support.history import Acknowledged, Writer, problems_after, settle
from support.listing import every
from support.poll import until
from support.s3_service import S3Service


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    service = S3Service(tmp_path_factory.mktemp("s3")).start()
    yield service
    service.stop()


@pytest.fixture
def server(make_server, s3):
    return make_server(environment=s3.settings())


def create(api: httpx.Client, s3: S3Service, name: str = "repo") -> str:
    bucket = s3.new_bucket()
    answer = api.post("/repositories", json={"name": name, "storage_namespace": f"s3://{bucket}/lake"})
    assert answer.status_code == 201, answer.text
    return bucket


def upload(api: httpx.Client, path: str, content: bytes) -> dict:
    answer = api.post("/repositories/repo/branches/main/objects", params={"path": path}, content=content,
                      headers={"Content-Type": "application/octet-stream"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def download(api: httpx.Client, path: str, ref: str = "main", **headers: str) -> httpx.Response:
    return api.get(f"/repositories/repo/refs/{ref}/objects", params={"path": path}, headers=headers)


def commit(api: httpx.Client, message: str = "commit") -> str:
    answer = api.post("/repositories/repo/branches/main/commits", json={"message": message})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def test_objects_and_commits_lie_in_the_bucket(server, s3) -> None:
    with server.start().client() as api:
        assert api.get("/config").json()["storage_config"]["blockstore_type"] == "s3"
        bucket = create(api, s3)
        small, large = b"small", os.urandom(30 << 20)

        entries = {"a/small": upload(api, "a/small", small), "large": upload(api, "large", large)}
        first = commit(api)
        upload(api, "a/small", b"changed")

        assert download(api, "a/small", first).content == small
        assert download(api, "a/small").content == b"changed"
        assert download(api, "large", first).content == large
        middle = download(api, "large", Range="bytes=20000000-20000099")
        assert middle.status_code == 206 and middle.content == large[20_000_000:20_000_100]
        assert entries["large"]["checksum"] == hashlib.md5(large).hexdigest()
        assert entries["large"]["physical_address"].startswith(f"s3://{bucket}/lake/data/")
    with s3.client() as bucket_api:
        listed = bucket_api.get(f"/{bucket}", params={"list-type": "2", "prefix": "lake/"}).text
        assert "lake/data/" in listed and "lake/_lakefs/" in listed
    assert server.stop() == 0


def test_wrong_credentials_are_named(make_server, s3) -> None:
    wrong = s3.settings() | {"MERE_BLOCKSTORE_S3_CREDENTIALS_SECRET_ACCESS_KEY": "wrong"}
    with make_server(environment=wrong).start().client() as api:
        answer = api.post("/repositories", json={"name": "repo", "storage_namespace": f"s3://{s3.new_bucket()}/lake"})

        assert answer.status_code >= 400
        assert "check blockstore.s3.credentials.secret_access_key" in answer.json()["message"]


def test_what_was_acknowledged_survives_kills(server, s3) -> None:
    chance = random.Random(7)
    known = {name: Acknowledged() for name in ("ann", "bob")}
    with server.start().client() as api:
        create(api, s3)
        for name in known:
            api.post("/repositories/repo/branches", json={"name": name, "source": "main"}).raise_for_status()
    for kill in range(4):
        writers = [Writer(server, "repo", name, seed=chance.randrange(1 << 30), known=known[name]) for name in known]
        for writer in writers:
            writer.start()
        until(lambda: sum(writer.operations for writer in writers) >= 8, 60, "some work")  # noqa: B023
        server.kill()
        for writer in writers:
            writer.join(60)
            assert not writer.is_alive()
            assert writer.refused == []

        server.start()
        with server.client() as api:
            for name in known:
                assert problems_after(api, "repo", name, known[name]) == [], f"kill {kill}"
                settle(api, "repo", name, known[name])
            for entry in every(api, "/repositories/repo/refs/ann/objects/ls"):
                body = api.get("/repositories/repo/refs/ann/objects", params={"path": entry["path"]})
                assert body.status_code == 200 and len(body.content) == entry["size_bytes"]


def test_bytes_pass_by_the_server_with_presigned_addresses(server, s3) -> None:
    content = os.urandom(200_000)
    with server.start().client() as api, httpx.Client(trust_env=False, timeout=60) as plain:
        create(api, s3)
        upload(api, "read me", content)

        read = api.get("/repositories/repo/refs/main/objects", params={"path": "read me", "presign": "true"})
        assert read.status_code == 302
        assert read.headers["location"].startswith(s3.endpoint)
        assert plain.get(read.headers["location"]).content == content
        assert plain.get(read.headers["location"].replace("X-Amz-Signature=", "X-Amz-Signature=0")).status_code == 403

        staged = api.get("/repositories/repo/branches/main/staging/backing",
                         params={"path": "written", "presign": "true"}).json()
        written = plain.put(staged["presigned_url"], content=content)
        assert written.status_code == 200, written.text
        linked = api.put("/repositories/repo/branches/main/staging/backing",
                         params={"path": "written"},
                         json={"staging": staged, "checksum": written.headers["etag"].strip('"'),
                               "size_bytes": len(content)})
        assert linked.status_code == 200, linked.text
        assert download(api, "written").content == content


def test_an_import_leaves_objects_where_they_are(server, s3) -> None:
    with server.start().client() as api, s3.client() as bucket_api:
        create(api, s3)
        source = s3.new_bucket()
        for i in range(40):
            bucket_api.put(f"/{source}/data/part-{i % 4}/{i:03}.csv", content=b"%d" % i).raise_for_status()
        bucket_api.put(f"/{source}/single", content=b"one").raise_for_status()

        started = api.post("/repositories/repo/branches/main/import", json={
            "paths": [{"type": "common_prefix", "path": f"s3://{source}/data/", "destination": "in/"},
                      {"type": "object", "path": f"s3://{source}/single", "destination": "one"}],
            "commit": {"message": "imported"}})
        assert started.status_code == 202, started.text
        state = until(lambda: done(api, started.json()["id"]), 60, "the import")

        assert state.get("error") is None and state["ingested_objects"] == 41
        entries = list(every(api, "/repositories/repo/refs/main/objects/ls"))
        assert len(entries) == 41
        assert entries[0]["physical_address"] == f"s3://{source}/data/part-0/000.csv"
        assert entries[0]["checksum"] == hashlib.md5(b"0").hexdigest()
        assert download(api, "in/part-3/007.csv").content == b"7"


def done(api: httpx.Client, id: str) -> dict | None:
    state = api.get("/repositories/repo/branches/main/import", params={"id": id}).json()
    return state if state["completed"] or state.get("error") else None
