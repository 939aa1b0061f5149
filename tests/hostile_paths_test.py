"""Names and addresses that try to leave the lake, in every encoding: nothing outside is read, written or named."""

import os
from pathlib import Path
from urllib.parse import quote

import pytest

from support import raw, s3
from support.world import SECRET, nothing_outside_changes, server, world  # noqa: F401 (fixtures)

# As they stand in a URL. Each, decoded once, twice or not at all, means something above to some file system.
ENCODED = [
    "..%2f..%2f..%2f..%2fsecret",
    "%2e%2e%2f%2e%2e%2f%2e%2e%2fsecret",
    "..%252f..%252f..%252fsecret",
    "..%5c..%5csecret",
    "%c0%ae%c0%ae%c0%afsecret",
    "..%c0%af..%c0%afsecret",
    "..%ef%bc%8f..%ef%bc%8fsecret",
    "%2fetc%2fpasswd",
    "%2f%2fetc%2fpasswd",
    "a%2f..%2f..%2f..%2fsecret",
    ".%2f.%2f..%2fsecret",
    "..%00%2fsecret",
    "secret%00.txt",
    "..%0d%0a%2fsecret",
    "file:%2f%2f%2fetc%2fpasswd",
    "%2fproc%2fself%2fenviron",
    "..;%2f..;%2fsecret",
    "....%2f%2f....%2f%2fsecret",
    "C:%5csecret",
    "~%2f.ssh%2fid_rsa",
]


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
    for target in (
        f"/{name}",
        f"/assets/{name}",
        f"/assets/..{name}",
        f"/_objects/{name}",
        f"/_objects/x.y/{name}",
        f"/api/v1/{name}",
        f"/api/v1/repositories/{name}",
        f"/api/v1/repositories/lake/branches/{name}",
        f"/api/v1/repositories/lake/refs/{name}/objects?path=a",
        f"/api/v1/repositories/lake/tags/{name}",
        f"/api/v1/repositories/lake/metadata/range/{name}",
        f"/api/v1/repositories/lake/metadata/meta_range/{name}",
        f"/api/v1/repositories/lake/metadata/object/range/{name}",
        f"/api/v1/repositories/lake/actions/runs/{name}",
        f"/api/v1/repositories/lake/pulls/{name}",
        f"/api/v1/repositories/lake/branches/main/import?id={name}",
        f"/api/v1/repositories/lake/dump?task_id={name}",
        f"/api/v1/auth/users/{name}",
        f"/api/v1/repositories/lake/branches/main/staging/pmpu/{name}?path=a",
    ):
        for answer in raw.exchange(server, raw.head("GET", target)):
            assert answer.status in (200, 302, 400, 403, 404, 405, 410), (target, answer)
            assert SECRET not in answer.body and b"root:" not in answer.body, target


def test_dots_in_a_target_are_not_resolved(server) -> None:
    for target in (
        "/../../../../etc/passwd",
        "/assets/../../../etc/passwd",
        "/./etc/passwd",
        "//etc/passwd",
        "/api/v1/../../etc/passwd",
    ):
        [answer] = raw.exchange(server, raw.head("GET", target))

        assert answer.status in (200, 400, 404) and b"root:" not in answer.body, target


BAD_REPOSITORIES = [
    "..",
    ".",
    "../lake",
    "a/b",
    "/abs",
    "a\\b",
    "a\0b",
    "lake\r\nx",
    "a%2fb",
    "LAKE",
    "-lake",
    "la",
    "x" * 64,
    "",
    " lake",
    "läke",
]


@pytest.mark.parametrize("name", BAD_REPOSITORIES)
def test_repositories_have_plain_names(server, name: str) -> None:
    with server.client() as client:
        made = client.post("/repositories", json={"name": name, "storage_namespace": "local://new"})

        assert made.status_code == 400, made.text
    assert not (server.data / "objects" / "new").exists()


BAD_NAMESPACES = [
    "local://..",
    "local://../x",
    "local:///../x",
    "local://a/../../x",
    "local://a/../lake",
    "local://./lake",
    "local://lake/../lake2",
    "local://a//b",
    "local://a/./b",
    "local://",
    "local:///",
    "local://a\0b",
    "local://a\r\nb",
    "file:///etc",
    "s3://bucket/x",
    "mem://x",
    "/etc",
    "etc",
    "",
    "local:/etc",
    "LOCAL://x",
    "local://" + "x/" * 3000,
    "local://" + "y" * 300,
    "local://_lakefs/../..",
    "http://169.254.169.254/latest",
]


@pytest.mark.parametrize("namespace", BAD_NAMESPACES)
def test_namespaces_stay_in_the_store(server, world: Path, namespace: str) -> None:
    before = {path.name for path in world.iterdir()}
    with server.client() as client:
        made = client.post("/repositories", json={"name": "stray", "storage_namespace": namespace})
        if made.status_code == 201:  # allowed where it means a folder in the store
            address = client.post(
                "/repositories/stray/branches/main/objects", params={"path": "a"}, content=b"a"
            ).json()["physical_address"]
            client.delete("/repositories/stray").raise_for_status()
            assert Path(os.path.normpath(address.removeprefix("local://"))).is_relative_to(server.data / "objects"), (
                address
            )
            assert ".." not in address
        else:
            assert made.status_code == 400, made.text
    assert {path.name for path in world.iterdir()} == before


def test_a_percent_in_a_namespace_is_not_decoded(server, world: Path) -> None:
    with server.client() as client:
        made = client.post("/repositories", json={"name": "percent", "storage_namespace": "local://%2e%2e/%2e%2e/x"})
        if made.status_code == 201:
            client.post(
                "/repositories/percent/branches/main/objects", params={"path": "a"}, content=b"a"
            ).raise_for_status()

    assert not (world / "x").exists() and not (server.folder / "x").exists() and not (server.data / "x").exists()


@pytest.mark.parametrize("name", ENCODED)
def test_the_gateways_buckets_and_keys_are_only_names(server, name: str) -> None:
    for path in (
        f"/{name}",
        f"/{name}/main/a",
        f"/lake/{name}",
        f"/lake/main/{name}",
        f"/lake/main/{name}?acl",
        f"/lake/main/a?uploadId={name}",
        f"/lake/main/a?uploadId={name}&partNumber=1",
        f"/lake?prefix={name}&delimiter=%2f",
        f"/lake?list-type=2&continuation-token={name}",
        f"/lake/main/a?versionId={name}",
    ):
        for method in ("GET", "HEAD", "DELETE"):
            answer = s3.signed(server, method, path)
            assert answer.status_code < 500 or answer.status_code == 501, (method, path, answer.text)
            assert SECRET not in answer.content and b"root:" not in answer.content


@pytest.mark.parametrize(
    "source",
    [
        "../../secret",
        "/lake/main/../../../secret",
        "lake/main/%2e%2e%2fsecret",
        "/..",
        "/",
        "",
        "lake",
        "lake/main",
        "/lake/main/" + quote("a" * 2000),
        "%00",
        "/lake/main/a?versionId=../x",
        "\u00ff",
    ],
)
def test_copy_sources_are_only_names(server, source: str) -> None:
    answer = s3.signed(server, "PUT", "/lake/main/copied", headers={"x-amz-copy-source": quote(source, safe="/%?=")})

    assert answer.status_code == 200 or 400 <= answer.status_code < 500, (
        answer.text
    )  # some are keys of objects of other tests
    assert SECRET not in answer.content + s3.signed(server, "GET", "/lake/main/copied").content


def test_a_dump_cannot_name_files(api, server) -> None:
    """Ids of metaranges come from the client, and are names of files."""
    with server.client() as client:
        client.post(
            "/repositories", params={"bare": True}, json={"name": "restored", "storage_namespace": "local://lake"}
        )
        for stray in ("../../../secret", "/etc/passwd", "..", "", "a/b", "\0", "x" * 5000):
            answer = client.put(
                "/repositories/restored/refs/restore",
                json={"commits_meta_range_id": stray, "tags_meta_range_id": stray, "branches_meta_range_id": stray},
            )
            assert 400 <= answer.status_code < 500, (stray, answer.text)
        for stray in ("../../secret", "..", "0" * 63, "g" * 64, "\0"):
            answer = client.post(
                "/repositories/lake/branches/main/commits", params={"source_metarange": stray}, json={"message": "m"}
            )
            assert 400 <= answer.status_code < 500, (stray, answer.text)
