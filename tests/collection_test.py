"""What a garbage collector reads: the commits to keep as CSV, the uncommitted addresses as Parquet that others' tools open."""

import csv
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq

from support.poll import until


def upload(client: httpx.Client, repository: str, path: str, content: bytes) -> str:
    """Answers the address of the bytes, relative to the namespace."""
    answer = client.post(f"/repositories/{repository}/branches/main/objects", params={"path": path}, content=content)
    assert answer.status_code == 201, answer.text
    return "data/" + answer.json()["physical_address"].split("/data/", 1)[1]


def local(location: str) -> Path:
    return Path(location.removeprefix("local://"))


def test_uncommitted_addresses_are_a_parquet_file(client: httpx.Client, repository: str) -> None:
    upload(client, repository, "committed", b"x")
    client.post(f"/repositories/{repository}/branches/main/commits", json={"message": "m"}).raise_for_status()
    expected = [upload(client, repository, f"p{i}", b"x") for i in range(20)]

    answer = client.post(f"/repositories/{repository}/gc/prepare_uncommited", json={})

    assert answer.status_code == 201, answer.text
    assert "continuation_token" not in answer.json()
    [file] = local(answer.json()["gc_uncommitted_location"]).iterdir()
    table = pq.read_table(file)
    assert table.schema == pa.schema([pa.field("physical_address", pa.string(), nullable=False),
                                      pa.field("creation_date", pa.int64(), nullable=False)])
    assert sorted(table["physical_address"].to_pylist()) == sorted(expected)
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "GZIP"


def test_tagged_commits_are_kept(client: httpx.Client, repository: str) -> None:
    client.put(f"/repositories/{repository}/settings/gc_rules",
               json={"default_retention_days": 0, "branches": []}).raise_for_status()
    ids = []
    for number in range(3):
        upload(client, repository, "a", str(number).encode())
        answer = client.post(f"/repositories/{repository}/branches/main/commits",
                             json={"message": "m", "date": 1_600_000_000 + number})
        ids.append(answer.json()["id"])
    client.post(f"/repositories/{repository}/tags", json={"id": "v1", "ref": ids[0]}).raise_for_status()

    task = client.post(f"/repositories/{repository}/gc/prepare_commits/async").json()["id"]

    def done() -> dict | None:
        status = client.get(f"/repositories/{repository}/gc/prepare_commits/status", params={"id": task}).json()
        return status if status["completed"] else None

    result = until(done)["result"]
    rows = list(csv.DictReader(local(result["gc_commits_location"]).open()))
    assert {row["commit_id"] for row in rows} == {ids[0], ids[2]}
    assert {row["expired"] for row in rows} == {"false"}
