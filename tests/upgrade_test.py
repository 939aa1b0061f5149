"""Lakes that earlier programs wrote: each opens, and everything in it reads back."""

import json
import tarfile
from pathlib import Path

import pytest

from support import keys, program, s3
from support.sample_lake import BODIES, LAKES, REPOSITORY, ROOT, look, post, put
from support.server import Server


def kept(version: str, folder: Path) -> tuple[Server, dict]:
    """A sample as its maker left it: killed, its logs and journals not yet read again."""
    with tarfile.open(LAKES / f"{version}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    (folder / "lake" / "secret.key").chmod(0o600)
    return Server(folder, environment=keys.INSTALLATION), json.loads((LAKES / f"{version}.json").read_text())


VERSIONS = sorted(path.name.removesuffix(".tar.gz") for path in LAKES.glob("*.tar.gz"))


def test_there_are_samples() -> None:
    assert VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_a_lake_of_an_earlier_version_reads_back(version: str, tmp_path: Path) -> None:
    server, sample = kept(version, tmp_path)
    with server:
        assert look(server, sample["facts"]) == sample["seen"]
        assert server.stop() == 0
    with server:  # and once more after this program has stored what it stores
        assert look(server, sample["facts"]) == sample["seen"]


@pytest.mark.parametrize("version", VERSIONS)
def test_work_goes_on_in_a_lake_of_an_earlier_version(version: str, tmp_path: Path) -> None:
    server, sample = kept(version, tmp_path)
    facts = sample["facts"]
    with server, server.client() as client:
        aws = s3.client(server)
        at = {"Bucket": REPOSITORY, "Key": "main/in-parts", "UploadId": facts["upload"]}
        part, = aws.list_parts(**at)["Parts"]
        assert part["ETag"] == facts["part_etag"] and part["ChecksumCRC32"] == facts["part_crc32"]
        aws.complete_multipart_upload(**at, MultipartUpload={"Parts": [
            {"PartNumber": 1, "ETag": facts["part_etag"], "ChecksumCRC32": facts["part_crc32"]}]})
        put(client, "after.txt", b"after the upgrade\n")
        committed = post(client, f"{ROOT}/branches/main/commits", {"message": "after the upgrade"})
        assert committed["parents"] == [sample["seen"]["log"]["main"][0]["id"]]
        post(client, f"{ROOT}/pulls/{facts['pull']}/merge", {}, method="PUT")
        post(client, f"{ROOT}/branches/main/revert", {"ref": committed["id"], "parent_number": 1})

        read = client.get(f"{ROOT}/refs/main/objects", params={"path": "large.bin"})
        assert read.content == BODIES["large.bin"]
        assert client.get(f"{ROOT}/refs/{committed['id']}/objects", params={"path": "in-parts"}).content == b"one part\n"
        assert server.stop() == 0

    verified = program.run("verify", "--data", server.data, "--json", "--objects", cwd=server.folder)
    found = [json.loads(line) for line in verified.stdout.splitlines()]
    assert [one for one in found if one["address"].startswith(f"local://{REPOSITORY}/")] == []
