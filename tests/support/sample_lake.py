"""A lake with one of everything that is stored, and what must read back from it: for upgrade_test.py.

    MERE_BINARY=build/release/mere PYTHONPATH=tests build/venv/bin/python -m support.sample_lake

makes tests/data/lakes/<version>.tar.gz and .json from the program that MERE_BINARY names. Run it with each
release, before its layout changes, and keep what it made: later programs are tested on it.
"""

import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

import httpx

from support import keys, program, s3
from support.poll import until
from support.server import Server

LAKES = Path(__file__).resolve().parents[1] / "data" / "lakes"
REPOSITORY = "kept"
BODIES = {  # small ones share a journal, large ones have a file each
    "small.txt": b"a small object\n", "folder/empty": b"", "folder/mid.bin": bytes(range(256)) * 40,
    "large.bin": b"large " * 50_000, "täglich/%2F & space.csv": b"a,b\n1,2\n",
}
ROOT = f"/repositories/{REPOSITORY}"


def put(client: httpx.Client, path: str, body: bytes, branch: str = "main") -> None:
    client.post(f"{ROOT}/branches/{branch}/objects", params={"path": path}, content=body,
                headers={"Content-Type": "text/plain", "x-lakefs-meta-kind": "sample"}).raise_for_status()


def post(client: httpx.Client, path: str, body: dict, method: str = "POST") -> dict:
    answer = client.request(method, path, json=body)
    answer.raise_for_status()
    return answer.json() if answer.headers.get("Content-Type", "").startswith("application/json") else {}


def fill(server: Server, outside: Path) -> dict:
    """Puts everything there is into a running server, and answers how to ask for what is not in the lists."""
    with server.client() as client:
        post(client, "/repositories", {"name": REPOSITORY, "storage_namespace": f"local://{REPOSITORY}"})
        for path, body in BODIES.items():
            put(client, path, body)
        post(client, f"{ROOT}/branches/main/commits", {"message": "first", "metadata": {"a": "1"}})
        post(client, f"{ROOT}/branches", {"name": "dev", "source": "main"})
        put(client, "small.txt", b"of dev\n", "dev")
        client.delete(f"{ROOT}/branches/dev/objects", params={"path": "folder/empty"}).raise_for_status()
        post(client, f"{ROOT}/branches/dev/commits", {"message": "second"})
        post(client, f"{ROOT}/refs/dev/merge/main", {"message": "merged"})
        post(client, f"{ROOT}/tags", {"id": "v1", "ref": "main"})
        post(client, f"{ROOT}/branches", {"name": "pull-me", "source": "main~1"})
        put(client, "pulled.txt", b"pulled\n", "pull-me")
        post(client, f"{ROOT}/branches/pull-me/commits", {"message": "third"})
        pull = post(client, f"{ROOT}/pulls", {"title": "take this", "source_branch": "pull-me",
                                              "destination_branch": "main"})["id"]
        client.put(f"{ROOT}/settings/branch_protection", json=[{"pattern": "stable*"}]).raise_for_status()

        for name in ("one", "two"):
            (outside / name).write_bytes(name.encode())
        importing = post(client, f"{ROOT}/branches/dev/import", {
            "paths": [{"type": "common_prefix", "path": f"local://{outside}/", "destination": "imported/"}],
            "commit": {"message": "imported"}})["id"]
        until(lambda: client.get(f"{ROOT}/branches/dev/import", params={"id": importing}).json()["completed"],
              60, "the import")

        # Uncommitted: added, changed, deleted.
        put(client, "new.txt", b"uncommitted\n")
        put(client, "small.txt", b"changed\n")
        client.delete(f"{ROOT}/branches/main/objects", params={"path": "large.bin"}).raise_for_status()

        aws = s3.client(server)
        at = {"Bucket": REPOSITORY, "Key": "main/in-parts"}
        upload = aws.create_multipart_upload(**at, ChecksumAlgorithm="CRC32")["UploadId"]
        part = aws.upload_part(**at, UploadId=upload, PartNumber=1, Body=b"one part\n", ChecksumAlgorithm="CRC32")
        return {"pull": pull, "import": importing, "upload": upload, "part_etag": part["ETag"],
                "part_crc32": part["ChecksumCRC32"]}


def entries(client: httpx.Client, ref: str) -> dict[str, str]:
    """Path → digest of the bytes."""
    listed = client.get(f"{ROOT}/refs/{ref}/objects/ls", params={"amount": 1000}).json()["results"]
    found = {}
    for entry in listed:
        body = client.get(f"{ROOT}/refs/{ref}/objects", params={"path": entry["path"]})
        # What was imported lies where only the maker's machine had it.
        found[entry["path"]] = entry["checksum"] if entry["path"].startswith("imported/") else \
            hashlib.sha256(body.content).hexdigest()
    return found


def look(server: Server, facts: dict) -> dict:
    """All that can be read of the lake, as plain JSON. What changes by being looked at is left out."""
    with server.client() as client:
        def get(target: str, **parameters) -> dict:
            answer = client.get(target, params=parameters)
            answer.raise_for_status()
            return answer.json()

        return {
            "repository": get(ROOT),
            "branches": get(f"{ROOT}/branches")["results"],
            "tags": get(f"{ROOT}/tags")["results"],
            "log": {ref: get(f"{ROOT}/refs/{ref}/commits")["results"] for ref in ("main", "dev", "pull-me")},
            "entries": {ref: entries(client, ref) for ref in ("main", "main@", "dev", "v1", "pull-me", "main~1")},
            "metadata": get(f"{ROOT}/refs/v1/objects/stat", path="small.txt") | {"physical_address": "moves"},
            "uncommitted": get(f"{ROOT}/branches/main/diff")["results"],
            "pull": get(f"{ROOT}/pulls/{facts['pull']}"),
            "import": get(f"{ROOT}/branches/dev/import", id=facts["import"]),
            "protection": get(f"{ROOT}/settings/branch_protection"),
            "user": get("/user"),
        }


def main() -> None:
    version = subprocess.run([program.binary(), "version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    with tempfile.TemporaryDirectory() as made:
        folder, outside = Path(made), Path(made) / "outside"
        outside.mkdir()
        server = Server(folder, environment=keys.INSTALLATION | {
            "MERE_GRAVELER_COMPACTION_SENSOR_THRESHOLD": "2",  # so that uncommitted changes lie in a tree too
            "MERE_BLOCKSTORE_LOCAL_IMPORT_ENABLED": "true",
            "MERE_BLOCKSTORE_LOCAL_ALLOWED_EXTERNAL_PREFIXES": str(outside)}).start()
        facts = fill(server, outside)
        seen = look(server, facts)
        server.kill()  # so that logs and journals are kept, too
        (server.data / "serving.json").unlink(missing_ok=True)
        LAKES.mkdir(parents=True, exist_ok=True)
        with tarfile.open(LAKES / f"{version}.tar.gz", "w:gz") as archive:
            archive.add(server.data, "lake", filter=lambda member: None if member.name.endswith("/LOG") else member)
        (LAKES / f"{version}.json").write_text(json.dumps({"facts": facts, "seen": seen}, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
