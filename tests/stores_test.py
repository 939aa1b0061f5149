"""Several object stores in one server (`blockstores` in the configuration): two folders and one in memory."""

import hashlib
from pathlib import Path

import httpx
import pytest
import yaml

from support import keys, program
from support.poll import until
from support.server import Server


def configuration(folder: Path, *, default: str | None = "fast", without: str | None = None) -> Path:
    """A configuration file with the stores `fast`, `slow` (local folders) and `scratch` (memory)."""
    stores = [
        {"id": "fast", "description": "the fast disk", "type": "local", "default_namespace_prefix": "local://teams/",
         "local": {"path": str(folder / "fast")}},
        {"id": "slow", "description": "the slow disk", "type": "local",
         "local": {"path": str(folder / "slow"), "import_enabled": True,
                   "allowed_external_prefixes": [str(folder / "import")]}},
        {"id": "scratch", "type": "mem"},
    ]
    stores = [store | ({"backward_compatible": True} if store["id"] == default else {})
              for store in stores if store["id"] != without]
    file = folder / f"mere-{default}-{without}.yaml"
    file.write_text(yaml.safe_dump({"blockstores": {"signing": {"secret_key": "signs"}, "stores": stores}}))
    return file


@pytest.fixture
def make(tmp_path: Path):
    """Servers on one lake with different configurations of its stores."""
    made: list[Server] = []
    (tmp_path / "import").mkdir()

    def server(**options) -> Server:
        made.append(Server(tmp_path, environment=keys.INSTALLATION,
                           arguments=("--config", str(configuration(tmp_path, **options)))))
        return made[-1]

    yield server
    for running in made:
        running.kill()


def create(api: httpx.Client, name: str, namespace: str, storage_id: str | None = None) -> httpx.Response:
    body = {"name": name, "storage_namespace": namespace}
    return api.post("/repositories", json=body if storage_id is None else body | {"storage_id": storage_id})


def upload(api: httpx.Client, repository: str, path: str, content: bytes) -> dict:
    answer = api.post(f"/repositories/{repository}/branches/main/objects", params={"path": path}, content=content,
                      headers={"Content-Type": "application/octet-stream"})
    answer.raise_for_status()
    return answer.json()


def commit(api: httpx.Client, repository: str) -> None:
    api.post(f"/repositories/{repository}/branches/main/commits", json={"message": "m"}).raise_for_status()


def read(api: httpx.Client, repository: str, path: str) -> bytes:
    answer = api.get(f"/repositories/{repository}/refs/main/objects", params={"path": path})
    answer.raise_for_status()
    return answer.content


def namespaces(folder: Path) -> set[str]:
    """What a store's folder holds besides the store's own, which is hidden."""
    return {entry.name for entry in folder.iterdir() if not entry.name.startswith(".")}


def test_the_configuration_lists_the_stores(make) -> None:
    with make() as server, server.client() as api:
        config = api.get("/config").json()
        alone = api.get("/config/storage").json()

    listed = {store["blockstore_id"]: store for store in config["storage_config_list"]}
    assert list(listed) == ["fast", "slow", "scratch"]
    assert [store["blockstore_type"] for store in listed.values()] == ["local", "local", "mem"]
    assert listed["fast"]["blockstore_description"] == "the fast disk"
    assert listed["fast"]["default_namespace_prefix"] == "local://teams/"
    assert [store["import_support"] for store in listed.values()] == [False, True, False]
    assert config["storage_config"] == alone == listed["fast"]


def test_a_repository_lies_in_the_store_that_was_named(make, tmp_path: Path) -> None:
    with make() as server, server.client() as api:
        assert create(api, "quick", "local://quick", "fast").json()["storage_id"] == "fast"
        assert create(api, "big", "local://big", "slow").json()["storage_id"] == "slow"
        assert create(api, "temporary", "mem://temporary", "scratch").status_code == 201
        assert create(api, "unnamed", "local://unnamed").json()["storage_id"] == "fast"
        for name in ("quick", "big", "temporary", "unnamed"):
            upload(api, name, "a/object", name.encode())
            commit(api, name)

        assert {found["id"]: found["storage_id"] for found in api.get("/repositories").json()["results"]} == {
            "quick": "fast", "big": "slow", "temporary": "scratch", "unnamed": "fast"}
        for name in ("quick", "big", "temporary", "unnamed"):
            assert read(api, name, "a/object") == name.encode()

        stats = api.get("/repositories/big/refs/main/objects/stat", params={"path": "a/object"}).json()
        assert stats["physical_address"].startswith(f"local://{tmp_path}/slow/big/data/")
    assert namespaces(tmp_path / "fast") == {"quick", "unnamed"}
    assert namespaces(tmp_path / "slow") == {"big"}


def test_repositories_stay_with_their_stores(make) -> None:
    with make() as server, server.client() as api:
        create(api, "quick", "local://quick").raise_for_status()
        create(api, "big", "local://big", "slow").raise_for_status()
        upload(api, "quick", "object", b"fast")
        upload(api, "big", "object", b"slow")
        commit(api, "quick")
        commit(api, "big")
        server.stop()

    with make(default="slow") as server, server.client() as api:
        assert read(api, "quick", "object") == b"fast"
        assert read(api, "big", "object") == b"slow"
        assert create(api, "new", "local://new").json()["storage_id"] == "slow"


def test_one_namespace_in_two_stores_is_two(make) -> None:
    with make() as server, server.client() as api:
        assert create(api, "one", "local://same", "fast").status_code == 201
        assert create(api, "two", "local://same", "slow").status_code == 201
        again = create(api, "three", "local://same", "slow")

        upload(api, "one", "object", b"1")
        upload(api, "two", "object", b"2")

        assert again.status_code == 400
        assert "already in use" in again.json()["message"]
        assert (read(api, "one", "object"), read(api, "two", "object")) == (b"1", b"2")


def test_wrong_stores_are_refused(make) -> None:
    with make(default=None) as server, server.client() as api:
        unknown = create(api, "one", "local://one", "tape")
        unnamed = create(api, "two", "local://two")
        other_scheme = create(api, "three", "local://three", "scratch")

        assert [answer.status_code for answer in (unknown, unnamed, other_scheme)] == [400, 400, 400]
        assert "storage id" in unknown.json()["message"]
        assert "^mem://" in other_scheme.json()["message"]
        assert api.get("/repositories").json()["results"] == []
        assert api.get("/config/storage").json()["blockstore_id"] == "fast"


def test_imports_ask_the_repositorys_own_store(make, tmp_path: Path) -> None:
    (tmp_path / "import" / "file").write_bytes(b"imported")
    paths = {"paths": [{"type": "common_prefix", "path": f"local://{tmp_path}/import/", "destination": "in/"}],
             "commit": {"message": "m"}}
    with make() as server, server.client() as api:
        create(api, "quick", "local://quick", "fast").raise_for_status()
        create(api, "big", "local://big", "slow").raise_for_status()

        refused = api.post("/repositories/quick/branches/main/import", json=paths)
        started = api.post("/repositories/big/branches/main/import", json=paths)

        assert refused.status_code in (400, 403)
        assert started.status_code == 202
        until(lambda: api.get("/repositories/big/branches/main/import", params=started.json()).json()["completed"])
        assert read(api, "big", "in/file") == b"imported"


def test_links_are_to_the_repositorys_own_store(make, tmp_path: Path) -> None:
    outside = tmp_path / "import" / "file"
    outside.write_bytes(b"linked")
    with make() as server, server.client() as api:
        create(api, "quick", "local://quick", "fast").raise_for_status()
        create(api, "big", "local://big", "slow").raise_for_status()
        body = {"physical_address": f"local://{outside}", "checksum": hashlib.md5(b"linked").hexdigest(),
                "size_bytes": 6}

        refused = api.put("/repositories/quick/branches/main/objects", params={"path": "o"}, json=body)
        linked = api.put("/repositories/big/branches/main/objects", params={"path": "o"}, json=body)

        assert refused.status_code == 400
        assert linked.status_code == 201
        assert read(api, "big", "o") == b"linked"


def test_a_store_that_still_has_repositories_cannot_be_left_out(make) -> None:
    with make() as server, server.client() as api:
        create(api, "big", "local://big", "slow").raise_for_status()
        server.stop()

    with pytest.raises(RuntimeError, match="'big' is in the store 'slow', which the configuration does not have"):
        make(without="slow").start()


def test_a_lake_of_one_store_becomes_one_of_several(make, tmp_path: Path) -> None:
    """What was made before belongs to the store that is `backward_compatible`."""
    before = Server(tmp_path, environment=keys.INSTALLATION | {"MERE_BLOCKSTORE_LOCAL_PATH": str(tmp_path / "fast")})
    with before, before.client() as api:
        assert create(api, "old", "local://old").json()["storage_id"] == ""
        upload(api, "old", "object", b"old")
        before.stop()

    with pytest.raises(RuntimeError, match="'old' is older than the several stores"):
        make(default=None).start()
    with make() as server, server.client() as api:
        assert read(api, "old", "object") == b"old"
        assert api.get("/repositories/old").json()["storage_id"] == "fast"
        commit(api, "old")


def test_a_dumped_repository_is_restored_from_its_store(make, tmp_path: Path) -> None:
    with make() as server, server.client() as api:
        create(api, "big", "local://big", "slow").raise_for_status()
        upload(api, "big", "object", b"slow")
        commit(api, "big")
        api.put("/repositories/big/refs/dump").raise_for_status()
        api.delete("/repositories/big").raise_for_status()
        server.stop()

    ended = program.run("restore", "--config", str(configuration(tmp_path)), "--data", tmp_path / "lake",
                        "--storage-id", "slow", "again", "local://big", cwd=tmp_path)

    assert ended.returncode == 0, ended.stderr
    with make() as server, server.client() as api:
        assert read(api, "again", "object") == b"slow"
