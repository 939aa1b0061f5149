"""Import locations and linked addresses that try to leave the lake: nothing outside is read."""

import hashlib
from pathlib import Path

import httpx
import pytest

from support.poll import until
from support.world import SECRET, nothing_outside_changes, server, world  # noqa: F401 (fixtures)


@pytest.fixture
def clean(server):
    """A repository that nobody has written to."""
    with server.client() as client:
        client.post("/repositories", json={"name": "clean", "storage_namespace": "local://clean"}).raise_for_status()
    with server.client(base_url=server.url + "/api/v1/repositories/clean") as client:
        yield client


@pytest.fixture
def api(server):
    with server.client(base_url=server.url + "/api/v1/repositories/lake") as client:
        yield client


def outside(world: Path) -> list[str]:
    folder = str(world)
    return [
        f"local://{folder}/secret",
        f"local://{folder}/import/../secret",
        f"local://{folder}/import/./../secret",
        f"local://{folder}/import-not/secret",
        f"local://{folder}/import/../import-not/secret",
        f"local://{folder}/import%2f..%2fsecret",
        f"local://{folder}/import/..%2fsecret",
        f"local://{folder}/import\\..\\secret",
        f"local://{folder}/import/link",
        f"local://{folder}/import/folder/secret",
        "local:///etc/passwd",
        "local:///proc/self/environ",
        f"local:///proc/self/root{folder}/secret",
        f"file://{folder}/secret",
        f"{folder}/secret",
        "local://../../../secret",
        f"local://{folder}/import/good\0/../../secret",
        f"LOCAL://{folder}/secret",
        f"local://{folder}/server/lake/kv",
        "s3://bucket/secret",
        "http://127.0.0.1:1/secret",
        "local://lake/../../../../secret",
    ]


@pytest.fixture(scope="module")
def links(world: Path):
    """What somebody who may write to the import folder can put there."""
    (world / "import" / "link").symlink_to(world / "secret")
    (world / "import" / "folder").symlink_to(world)
    (world / "import" / "loop").symlink_to(world / "import")


def _finish_import(api: httpx.Client, started: httpx.Response) -> dict:
    if started.status_code != 202:
        assert started.status_code in (400, 403), started.text
        return {}
    task = started.json()["id"]

    def finished():
        state = api.get("/branches/main/import", params={"id": task}).json()
        return state if state["completed"] or "error" in state else None

    return until(finished, 30, "the import")


@pytest.mark.parametrize("kind", ["object", "common_prefix"])
@pytest.mark.parametrize("number", range(22))
def test_imports_stay_in_the_allowed_folder(world, links, api, kind: str, number: int) -> None:
    location = outside(world)[number]
    api.post(
        "/branches/main/commits", json={"message": "clean", "allow_empty": True}
    ).raise_for_status()  # imports want that
    started = api.post(
        "/branches/main/import",
        json={
            "commit": {"message": "m"},
            "paths": [{"type": kind, "path": location, "destination": f"stolen-{number}"}],
        },
    )

    state = _finish_import(api, started)

    for item in api.get("/refs/main/objects/ls", params={"prefix": f"stolen-{number}"}).json()["results"]:
        read = api.get("/refs/main/objects", params={"path": item["path"]})
        assert SECRET not in read.content and b"root:" not in read.content, (location, item, state)


def test_a_folder_is_imported_without_what_its_links_name(world, links, clean) -> None:
    api = clean
    state = _finish_import(
        api,
        api.post(
            "/branches/main/import",
            json={
                "commit": {"message": "m"},
                "paths": [{"type": "common_prefix", "path": f"local://{world}/import/", "destination": "whole/"}],
            },
        ),
    )

    assert state["completed"], state
    found = api.get("/refs/main/objects/ls", params={"prefix": "whole/"}).json()["results"]
    read = {item["path"]: api.get("/refs/main/objects", params={"path": item["path"]}).content for item in found}
    assert read["whole/good"] == b"good"
    assert SECRET not in read.values()


@pytest.mark.parametrize("number", range(22))
def test_linked_addresses_stay_in_the_lake(world, links, api, number: int) -> None:
    address = outside(world)[number]
    body = {"checksum": hashlib.md5(SECRET).hexdigest(), "size_bytes": len(SECRET)}

    linked = api.put(
        "/branches/main/staging/backing",
        params={"path": f"linked-{number}"},
        json=body | {"staging": {"physical_address": address}},
    )
    staged = api.put(
        "/branches/main/objects", params={"path": f"staged-{number}"}, json=body | {"physical_address": address}
    )

    for path, made in ((f"linked-{number}", linked), (f"staged-{number}", staged)):
        assert made.status_code in (200, 201, 400, 403), made.text
        read = api.get("/refs/main/objects", params={"path": path})
        assert SECRET not in read.content and b"root:" not in read.content, (address, made.text)
        assert read.status_code in (400, 403, 404, 410), (address, read.status_code)


def test_the_stores_own_files_are_no_objects(server, api) -> None:
    """Metadata of another repository, by an address that is inside of the store."""
    body = {"checksum": "0" * 32, "size_bytes": 1 << 40}
    for address in (
        f"local://{server.data}/objects/lake/../../kv/CURRENT",
        f"local://{server.data}/kv/CURRENT",
        f"local://{server.data}/kv",
    ):
        made = api.put(
            "/branches/main/staging/backing",
            params={"path": "own"},
            json=body | {"staging": {"physical_address": address}},
        )

        assert made.status_code in (400, 403), (address, made.text)


def test_sizes_that_lie_end_the_answer(server, api) -> None:
    """An entry says a tebibyte; the object has a byte. Nothing waits, and no answer claims to be whole."""
    address = api.post("/branches/main/objects", params={"path": "short"}, content=b"x").json()["physical_address"]
    made = api.put(
        "/branches/main/objects",
        params={"path": "long"},
        json={"physical_address": address, "checksum": "0" * 32, "size_bytes": 1 << 40},
    )
    assert made.status_code in (201, 400), made.text
    if made.status_code == 201:
        try:
            answer = api.get("/refs/main/objects", params={"path": "long"})
            assert answer.status_code in (410, 416, 500) or len(answer.content) < 2
        except httpx.HTTPError:  # broken off
            pass


@pytest.mark.parametrize("size", [-1, -(1 << 63), 1 << 63, 1e300, "1", None])
def test_sizes_that_are_none_are_400(api, size) -> None:
    made = api.put(
        "/branches/main/objects",
        params={"path": "sized"},
        json={"physical_address": "local://lake/x", "checksum": "0" * 32, "size_bytes": size},
    )

    assert made.status_code == 400, made.text
