"""Storage namespaces that lakeFS wrote, opened by `mere restore`: every branch, tag, commit and object over REST is
what was recorded when they were written (data/fixtures/*/expected.json)."""

import hashlib
import json
import shutil
from pathlib import Path

import httpx
import pytest

from support import program
from support.listing import every
from support.server import Server

FIXTURES = Path(__file__).parent / "data" / "fixtures"


def restore(server: Server, fixture: str, namespace: str, name: str) -> None:
    objects = server.data / "objects"
    objects.mkdir(parents=True)
    shutil.copytree(FIXTURES / fixture / "namespace", objects / namespace)
    arguments = ["restore", "--data", server.data, name, f"local://{namespace}"]
    if not (objects / namespace / "_lakefs" / "refs_manifest.json").exists():
        manifest = server.folder / "manifest.json"
        manifest.write_text(json.dumps(json.loads((FIXTURES / fixture / "expected.json").read_text())["refs"]))
        arguments += ["--manifest", manifest]

    ended = program.run(*arguments, cwd=server.folder)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == f"restored {name} from local://{namespace}\n"


@pytest.fixture(scope="module")
def golden(tmp_path_factory):
    """The recorded repository behind a running server."""
    from support import keys

    server = Server(tmp_path_factory.mktemp("golden"), environment=keys.INSTALLATION)
    restore(server, "lakefs-repo", "golden-repo", "golden")
    with server:
        yield server


@pytest.fixture
def api(golden):
    with golden.client() as client:
        yield client


@pytest.fixture(scope="module")
def expected() -> dict:
    return json.loads((FIXTURES / "lakefs-repo" / "expected.json").read_text())


def test_branches_and_tags_are_the_recorded_ones(api: httpx.Client, expected: dict) -> None:
    for kind in ("branches", "tags"):
        listed = {item["id"]: item["commit_id"] for item in every(api, f"/repositories/golden/{kind}", show_hidden=True)}

        assert listed == expected[kind]


def test_commits_are_the_recorded_ones(api: httpx.Client, expected: dict) -> None:
    for commit_id, commit in expected["commits"].items():
        assert api.get(f"/repositories/golden/commits/{commit_id}").json() == commit


def test_logs_are_in_the_recorded_order(api: httpx.Client, expected: dict) -> None:
    for name, order in expected["log_order"].items():
        ref, _, first_parent = name.partition(" ")

        listed = every(api, f"/repositories/golden/refs/{ref}/commits", first_parent=bool(first_parent))

        assert [commit["id"] for commit in listed] == order, name


def test_every_object_of_every_commit_is_listed_as_recorded(golden: Server, api: httpx.Client, expected: dict) -> None:
    inside = f"local://{golden.data.resolve()}/objects/golden-repo/"
    for commit_id, listing in expected["listings"].items():
        objects = list(every(api, f"/repositories/golden/refs/{commit_id}/objects/ls"))

        assert len(objects) == listing["count"]
        assert sum(entry["size_bytes"] for entry in objects) == listing["total_size_bytes"]
        assert digest_of(objects, inside) == listing["sha256_all_fields"], commit_id
        by_path = {entry["path"]: entry for entry in objects}
        for sample in listing["samples"]:
            entry = by_path[sample["path"]]
            assert entry["physical_address"].removeprefix(inside) == sample["stored_address"]
            for field in ("checksum", "content_type", "mtime", "size_bytes"):
                assert entry[field] == sample[field]
            assert entry.get("metadata", {}) == sample.get("metadata", {})


def digest_of(objects: list[dict], inside: str) -> str:
    """As expected.json was made: SHA-256 over a line of JSON an object, in path order."""
    digest = hashlib.sha256()
    for entry in sorted(objects, key=lambda entry: entry["path"].encode()):
        fields = [entry["path"], entry["physical_address"].removeprefix(inside), entry["checksum"], entry["size_bytes"],
                  entry["mtime"], entry["content_type"], entry.get("metadata", {})]
        digest.update(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()


def test_contents_have_their_checksums(golden: Server, api: httpx.Client, expected: dict) -> None:
    stored = golden.data / "objects" / "golden-repo" / "data"
    read = 0
    for entry in every(api, "/repositories/golden/refs/main/objects/ls"):
        if not entry["physical_address"].startswith(f"local://{stored.resolve()}"):
            continue  # imported: the recording machine's own files
        if not Path(entry["physical_address"].removeprefix("local://")).exists():
            continue  # uploaded, but the fixture keeps only some contents
        body = api.get("/repositories/golden/refs/main/objects", params={"path": entry["path"]})
        assert body.status_code == 200
        assert len(body.content) == entry["size_bytes"]
        if len(entry["checksum"]) == 32:  # a single part's MD5
            assert hashlib.md5(body.content).hexdigest() == entry["checksum"]
        read += 1
    assert read > 10


def test_a_restored_repository_goes_on(make_server) -> None:
    server = make_server()
    restore(server, "lakefs-split", "split-repo", "split")
    before = json.loads((FIXTURES / "lakefs-split" / "expected.json").read_text())["branches"]["main"]
    with server.start().client() as client:
        uploaded = client.post("/repositories/split/branches/main/objects", params={"path": "new"}, content=b"new")
        commit = client.post("/repositories/split/branches/main/commits", json={"message": "goes on"})

        assert uploaded.status_code == 201
        assert commit.json()["parents"] == [before]
        changes = client.get(f"/repositories/split/refs/{before}/diff/main").json()["results"]
        assert [(change["type"], change["path"]) for change in changes] == [("added", "new")]
        assert client.post("/repositories/split/branches/main/revert",
                           json={"ref": "main", "parent_number": 0}).status_code == 204
        assert client.get(f"/repositories/split/refs/{before}/diff/main").json()["results"] == []


def test_a_namespace_without_a_manifest_is_refused_and_nothing_is_left(make_server) -> None:
    server = make_server()
    (server.data / "objects" / "empty").mkdir(parents=True)

    ended = program.run("restore", "--data", server.data, "nothing", "local://empty", cwd=server.folder)

    assert ended.returncode == 1
    assert ended.stderr.startswith("mere: restoring nothing: ")
    with server.start().client() as client:
        assert client.get("/repositories/nothing").status_code == 404
