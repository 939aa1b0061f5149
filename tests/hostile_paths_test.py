"""Names and addresses that try to leave the lake, in every encoding: nothing outside is read, written or named."""

import hashlib
import os
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from support import keys, raw, s3
from support.observer import unharmed
from support.poll import until
from support.server import Server

SECRET = b"what nobody may read"

# As they stand in a URL. Each, decoded once, twice or not at all, means something above to some file system.
ENCODED = ["..%2f..%2f..%2f..%2fsecret", "%2e%2e%2f%2e%2e%2f%2e%2e%2fsecret", "..%252f..%252f..%252fsecret", "..%5c..%5csecret",
           "%c0%ae%c0%ae%c0%afsecret", "..%c0%af..%c0%afsecret", "..%ef%bc%8f..%ef%bc%8fsecret", "%2fetc%2fpasswd", "%2f%2fetc%2fpasswd",
           "a%2f..%2f..%2f..%2fsecret", ".%2f.%2f..%2fsecret", "..%00%2fsecret", "secret%00.txt", "..%0d%0a%2fsecret", "file:%2f%2f%2fetc%2fpasswd",
           "%2fproc%2fself%2fenviron", "..;%2f..;%2fsecret", "....%2f%2f....%2f%2fsecret", "C:%5csecret", "~%2f.ssh%2fid_rsa"]


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
    settings = {"MERE_BLOCKSTORE_LOCAL_IMPORT_ENABLED": "true",
                "MERE_BLOCKSTORE_LOCAL_ALLOWED_EXTERNAL_PREFIXES": str(world / "import"),
                "MERE_BLOCKSTORE_LOCAL_DISABLE_PRE_SIGNED": "false"}
    with Server(world / "server", environment=keys.INSTALLATION | settings) as running:
        with running.client() as client:
            client.post("/repositories", json={"name": "lake", "storage_namespace": "local://lake"}).raise_for_status()
            client.post("/repositories", json={"name": "other", "storage_namespace": "local://other"}).raise_for_status()
        yield running


def _tree(folder: Path, without: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and without not in path.parents}


@pytest.fixture(autouse=True)
def _nothing_outside_changes(world: Path, server):
    before = _tree(world, without=world / "server")
    with unharmed(server):
        yield
    assert _tree(world, without=world / "server") == before


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


@pytest.mark.parametrize("name", ENCODED)
def test_an_objects_name_is_only_a_name(server, name: str) -> None:
    """Any bytes may name an object; they never become part of a file's name."""
    target = f"/api/v1/repositories/lake/branches/main/objects?path={name}"
    [put] = raw.exchange(server, raw.head("POST", target, "Content-Length: 4") + b"mine")
    [got] = raw.exchange(server, raw.head("GET", target.replace("branches", "refs")))

    assert put.status in (201, 400)
    assert (got.status, got.body) == ((200, b"mine") if put.status == 201 else (got.status, got.body))
    assert SECRET not in got.body and b"root:" not in got.body
    if put.status == 201:
        assert f"local://{server.data}/objects/lake/data/".encode() in put.body
    else:
        assert got.status in (400, 404)


@pytest.mark.parametrize("name", ENCODED)
def test_a_path_of_the_server_stays_among_its_pages(server, name: str) -> None:
    for target in (f"/{name}", f"/assets/{name}", f"/assets/..{name}", f"/_objects/{name}", f"/_objects/x.y/{name}",
                   f"/api/v1/{name}", f"/api/v1/repositories/{name}", f"/api/v1/repositories/lake/branches/{name}",
                   f"/api/v1/repositories/lake/refs/{name}/objects?path=a", f"/api/v1/repositories/lake/tags/{name}",
                   f"/api/v1/repositories/lake/metadata/range/{name}", f"/api/v1/repositories/lake/metadata/meta_range/{name}",
                   f"/api/v1/repositories/lake/metadata/object/range/{name}",
                   f"/api/v1/repositories/lake/actions/runs/{name}", f"/api/v1/repositories/lake/pulls/{name}",
                   f"/api/v1/repositories/lake/branches/main/import?id={name}", f"/api/v1/repositories/lake/dump?task_id={name}",
                   f"/api/v1/auth/users/{name}", f"/api/v1/repositories/lake/branches/main/staging/pmpu/{name}?path=a"):
        for answer in raw.exchange(server, raw.head("GET", target)):
            assert answer.status in (200, 302, 400, 403, 404, 405, 410), (target, answer)
            assert SECRET not in answer.body and b"root:" not in answer.body, target


def test_dots_in_a_target_are_not_resolved(server) -> None:
    for target in ("/../../../../etc/passwd", "/assets/../../../etc/passwd", "/./etc/passwd", "//etc/passwd", "/api/v1/../../etc/passwd"):
        [answer] = raw.exchange(server, raw.head("GET", target))

        assert answer.status in (200, 400, 404) and b"root:" not in answer.body, target


BAD_REPOSITORIES = ["..", ".", "../lake", "a/b", "/abs", "a\\b", "a\0b", "lake\r\nx", "a%2fb", "LAKE", "-lake", "la", "x" * 64, "", " lake", "läke"]


@pytest.mark.parametrize("name", BAD_REPOSITORIES)
def test_repositories_have_plain_names(server, name: str) -> None:
    with server.client() as client:
        made = client.post("/repositories", json={"name": name, "storage_namespace": "local://new"})

        assert made.status_code == 400, made.text
    assert not (server.data / "objects" / "new").exists()


BAD_NAMESPACES = ["local://..", "local://../x", "local:///../x", "local://a/../../x", "local://a/../lake", "local://./lake", "local://lake/../lake2",
                  "local://a//b", "local://a/./b", "local://", "local:///", "local://a\0b", "local://a\r\nb", "file:///etc", "s3://bucket/x", "mem://x",
                  "/etc", "etc", "", "local:/etc", "LOCAL://x", "local://" + "x/" * 3000, "local://" + "y" * 300, "local://_lakefs/../..",
                  "http://169.254.169.254/latest"]


@pytest.mark.parametrize("namespace", BAD_NAMESPACES)
def test_namespaces_stay_in_the_store(server, world: Path, namespace: str) -> None:
    before = {path.name for path in world.iterdir()}
    with server.client() as client:
        made = client.post("/repositories", json={"name": "stray", "storage_namespace": namespace})
        if made.status_code == 201:  # allowed where it means a folder in the store
            address = client.post("/repositories/stray/branches/main/objects", params={"path": "a"}, content=b"a").json()["physical_address"]
            client.delete("/repositories/stray").raise_for_status()
            assert Path(os.path.normpath(address.removeprefix("local://"))).is_relative_to(server.data / "objects"), address
            assert ".." not in address
        else:
            assert made.status_code == 400, made.text
    assert {path.name for path in world.iterdir()} == before


def test_a_percent_in_a_namespace_is_not_decoded(server, world: Path) -> None:
    with server.client() as client:
        made = client.post("/repositories", json={"name": "percent", "storage_namespace": "local://%2e%2e/%2e%2e/x"})
        if made.status_code == 201:
            client.post("/repositories/percent/branches/main/objects", params={"path": "a"}, content=b"a").raise_for_status()

    assert not (world / "x").exists() and not (server.folder / "x").exists() and not (server.data / "x").exists()


def outside(world: Path) -> list[str]:
    folder = str(world)
    return [f"local://{folder}/secret", f"local://{folder}/import/../secret", f"local://{folder}/import/./../secret", f"local://{folder}/import-not/secret",
            f"local://{folder}/import/../import-not/secret", f"local://{folder}/import%2f..%2fsecret", f"local://{folder}/import/..%2fsecret",
            f"local://{folder}/import\\..\\secret", f"local://{folder}/import/link", f"local://{folder}/import/folder/secret", "local:///etc/passwd",
            "local:///proc/self/environ", f"local:///proc/self/root{folder}/secret", f"file://{folder}/secret", f"{folder}/secret", "local://../../../secret",
            f"local://{folder}/import/good\0/../../secret", f"LOCAL://{folder}/secret", f"local://{folder}/server/lake/kv", "s3://bucket/secret",
            "http://127.0.0.1:1/secret", "local://lake/../../../../secret"]


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
    api.post("/branches/main/commits", json={"message": "clean", "allow_empty": True}).raise_for_status()  # imports want that
    started = api.post("/branches/main/import", json={"commit": {"message": "m"}, "paths": [
        {"type": kind, "path": location, "destination": f"stolen-{number}"}]})

    state = _finish_import(api, started)

    for item in api.get("/refs/main/objects/ls", params={"prefix": f"stolen-{number}"}).json()["results"]:
        read = api.get("/refs/main/objects", params={"path": item["path"]})
        assert SECRET not in read.content and b"root:" not in read.content, (location, item, state)


def test_a_folder_is_imported_without_what_its_links_name(world, links, clean) -> None:
    api = clean
    state = _finish_import(api, api.post("/branches/main/import", json={"commit": {"message": "m"}, "paths": [
        {"type": "common_prefix", "path": f"local://{world}/import/", "destination": "whole/"}]}))

    assert state["completed"], state
    found = api.get("/refs/main/objects/ls", params={"prefix": "whole/"}).json()["results"]
    read = {item["path"]: api.get("/refs/main/objects", params={"path": item["path"]}).content for item in found}
    assert read["whole/good"] == b"good"
    assert SECRET not in read.values()


@pytest.mark.parametrize("number", range(22))
def test_linked_addresses_stay_in_the_lake(world, links, api, number: int) -> None:
    address = outside(world)[number]
    body = {"checksum": hashlib.md5(SECRET).hexdigest(), "size_bytes": len(SECRET)}

    linked = api.put("/branches/main/staging/backing", params={"path": f"linked-{number}"}, json=body | {"staging": {"physical_address": address}})
    staged = api.put("/branches/main/objects", params={"path": f"staged-{number}"}, json=body | {"physical_address": address})

    for path, made in ((f"linked-{number}", linked), (f"staged-{number}", staged)):
        assert made.status_code in (200, 201, 400, 403), made.text
        read = api.get("/refs/main/objects", params={"path": path})
        assert SECRET not in read.content and b"root:" not in read.content, (address, made.text)
        assert read.status_code in (400, 403, 404, 410), (address, read.status_code)


def test_the_stores_own_files_are_no_objects(server, api) -> None:
    """Metadata of another repository, by an address that is inside of the store."""
    body = {"checksum": "0" * 32, "size_bytes": 1 << 40}
    for address in (f"local://{server.data}/objects/lake/../../kv/CURRENT", f"local://{server.data}/kv/CURRENT", f"local://{server.data}/kv"):
        made = api.put("/branches/main/staging/backing", params={"path": "own"}, json=body | {"staging": {"physical_address": address}})

        assert made.status_code in (400, 403), (address, made.text)


def test_sizes_that_lie_end_the_answer(server, api) -> None:
    """An entry says a tebibyte; the object has a byte. Nothing waits, and no answer claims to be whole."""
    address = api.post("/branches/main/objects", params={"path": "short"}, content=b"x").json()["physical_address"]
    made = api.put("/branches/main/objects", params={"path": "long"}, json={"physical_address": address, "checksum": "0" * 32, "size_bytes": 1 << 40})
    assert made.status_code in (201, 400), made.text
    if made.status_code == 201:
        try:
            answer = api.get("/refs/main/objects", params={"path": "long"})
            assert answer.status_code in (410, 416, 500) or len(answer.content) < 2
        except httpx.HTTPError:  # broken off
            pass


@pytest.mark.parametrize("size", [-1, -(1 << 63), 1 << 63, 1e300, "1", None])
def test_sizes_that_are_none_are_400(api, size) -> None:
    made = api.put("/branches/main/objects", params={"path": "sized"}, json={
        "physical_address": "local://lake/x", "checksum": "0" * 32, "size_bytes": size})

    assert made.status_code == 400, made.text


@pytest.mark.parametrize("name", ENCODED)
def test_the_gateways_buckets_and_keys_are_only_names(server, name: str) -> None:
    for path in (f"/{name}", f"/{name}/main/a", f"/lake/{name}", f"/lake/main/{name}", f"/lake/main/{name}?acl", f"/lake/main/a?uploadId={name}",
                 f"/lake/main/a?uploadId={name}&partNumber=1", f"/lake?prefix={name}&delimiter=%2f", f"/lake?list-type=2&continuation-token={name}",
                 f"/lake/main/a?versionId={name}"):
        for method in ("GET", "HEAD", "DELETE"):
            answer = s3.signed(server, method, path)
            assert answer.status_code < 500 or answer.status_code == 501, (method, path, answer.text)
            assert SECRET not in answer.content and b"root:" not in answer.content


@pytest.mark.parametrize("source", ["../../secret", "/lake/main/../../../secret", "lake/main/%2e%2e%2fsecret", "/..", "/", "", "lake", "lake/main",
                                    "/lake/main/" + quote("a" * 2000), "%00", "/lake/main/a?versionId=../x", "\u00ff"])
def test_copy_sources_are_only_names(server, source: str) -> None:
    answer = s3.signed(server, "PUT", "/lake/main/copied", headers={"x-amz-copy-source": quote(source, safe="/%?=")})

    assert answer.status_code == 200 or 400 <= answer.status_code < 500, answer.text  # some are keys of objects of other tests
    assert SECRET not in answer.content + s3.signed(server, "GET", "/lake/main/copied").content


def test_a_dump_cannot_name_files(api, server) -> None:
    """Ids of metaranges come from the client, and are names of files."""
    with server.client() as client:
        client.post("/repositories", params={"bare": True}, json={"name": "restored", "storage_namespace": "local://lake"})
        for stray in ("../../../secret", "/etc/passwd", "..", "", "a/b", "\0", "x" * 5000):
            answer = client.put("/repositories/restored/refs/restore", json={
                "commits_meta_range_id": stray, "tags_meta_range_id": stray, "branches_meta_range_id": stray})
            assert 400 <= answer.status_code < 500, (stray, answer.text)
        for stray in ("../../secret", "..", "0" * 63, "g" * 64, "\0"):
            answer = client.post("/repositories/lake/branches/main/commits", params={"source_metarange": stray}, json={"message": "m"})
            assert 400 <= answer.status_code < 500, (stray, answer.text)
