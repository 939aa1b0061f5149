"""Tools that speak S3, unmodified, each at the work it is used for."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support import keys, s3

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder of files, some larger than a part of an upload, with names that need care."""
    folder = tmp_path / "tree"
    for number in range(30):
        path = folder / f"part {number % 3}" / f"file-{number:02}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([number]) * (number * 1000))
    (folder / "ümläut+plus.txt").write_text("name")
    (folder / "large.bin").write_bytes(bytes(range(256)) * (20 << 12))
    return folder


def digests(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def run(*command: str, env: dict[str, str] | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RCLONE_")) and "proxy" not in name.lower()}
    done = subprocess.run(command, env=clean | (env or {}), text=True, capture_output=True, timeout=300)
    assert not check or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


# awscli


@pytest.fixture
def aws(server, tmp_path: Path):
    program = ROOT / "build/awscli/bin/aws"
    if not program.exists():
        if (found := shutil.which("aws")) is None:
            pytest.skip("no awscli: ./dev test system installs it")
        program = Path(found)
    environment = {"AWS_ACCESS_KEY_ID": keys.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": keys.SECRET_KEY,
                   "AWS_DEFAULT_REGION": s3.REGION, "AWS_CONFIG_FILE": str(tmp_path / "none"), "HOME": str(tmp_path)}

    def call(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return run(str(program), "--endpoint-url", server.url, *arguments, env=environment, check=check)

    return call


def test_awscli_syncs_a_folder_there_and_back(aws, repository: str, tree: Path, tmp_path: Path) -> None:
    aws("s3", "sync", str(tree), f"s3://{repository}/main/tree")
    aws("s3", "sync", f"s3://{repository}/main/tree", str(tmp_path / "back"))

    assert digests(tmp_path / "back") == digests(tree)
    assert aws("s3", "sync", str(tree), f"s3://{repository}/main/tree", "--size-only").stdout == ""


def test_awscli_copies_moves_lists_and_removes(aws, repository: str, tree: Path) -> None:
    aws("s3", "cp", str(tree / "large.bin"), f"s3://{repository}/main/a/large.bin")
    aws("s3", "cp", f"s3://{repository}/main/a/large.bin", f"s3://{repository}/main/b/copy.bin")
    aws("s3", "mv", f"s3://{repository}/main/b/copy.bin", f"s3://{repository}/main/b/moved.bin")

    assert aws("s3", "ls", f"s3://{repository}/").stdout.split() == ["PRE", "main/"]
    listed = aws("s3", "ls", "--recursive", f"s3://{repository}/main/").stdout
    assert [line.split()[-1] for line in listed.splitlines()] == ["main/a/large.bin", "main/b/moved.bin"]
    aws("s3", "rm", "--recursive", f"s3://{repository}/main/")
    assert aws("s3", "ls", "--recursive", f"s3://{repository}/main/", check=False).stdout == ""


def test_awscli_signs_links(aws, repository: str, tmp_path: Path) -> None:
    import httpx

    (tmp_path / "a").write_bytes(b"by link")
    aws("s3", "cp", str(tmp_path / "a"), f"s3://{repository}/main/a")

    url = aws("s3", "presign", f"s3://{repository}/main/a").stdout.strip()

    assert httpx.get(url, trust_env=False).content == b"by link"


# s3cmd


@pytest.fixture
def s3cmd(server, tmp_path: Path):
    (tmp_path / "s3cfg").write_text(
        f"[default]\naccess_key = {keys.ACCESS_KEY}\nsecret_key = {keys.SECRET_KEY}\nuse_https = False\n"
        f"host_base = {server.url.removeprefix('http://')}\nhost_bucket = {server.url.removeprefix('http://')}\n"
        f"bucket_location = {s3.REGION}\n")
    program = Path(sys.executable).with_name("s3cmd")

    def call(*arguments: str) -> str:
        return run(sys.executable, str(program), "-c", str(tmp_path / "s3cfg"), "--no-progress", *arguments).stdout

    return call


def test_s3cmd_syncs_copies_moves_and_deletes(s3cmd, repository: str, tree: Path, tmp_path: Path) -> None:
    there = f"s3://{repository}/main/tree/"
    s3cmd("sync", f"{tree}/", there)
    (tmp_path / "back").mkdir()
    s3cmd("sync", there, f"{tmp_path / 'back'}/")
    assert digests(tmp_path / "back") == digests(tree)

    assert "FULL_CONTROL" in s3cmd("info", there + "large.bin")
    s3cmd("cp", there + "large.bin", f"s3://{repository}/main/copied.bin")
    s3cmd("mv", f"s3://{repository}/main/copied.bin", f"s3://{repository}/main/moved.bin")
    assert "main/moved.bin" in s3cmd("ls", f"s3://{repository}/main/")
    s3cmd("del", "--recursive", "--force", there)
    assert s3cmd("ls", "--recursive", f"s3://{repository}/main/").split()[-1].endswith("main/moved.bin")


@pytest.mark.parametrize("flag", [["--signature-v2"], []])
def test_s3cmd_signs_both_ways(s3cmd, repository: str, tmp_path: Path, flag: list[str]) -> None:
    (tmp_path / "a").write_bytes(b"content")

    s3cmd(*flag, "put", str(tmp_path / "a"), f"s3://{repository}/main/a b")
    s3cmd(*flag, "get", f"s3://{repository}/main/a b", str(tmp_path / "b"))

    assert (tmp_path / "b").read_bytes() == b"content"


# rclone


@pytest.fixture
def rclone(server, tmp_path: Path):
    if shutil.which("rclone") is None:
        pytest.skip("no rclone: ./dev setup installs it")
    environment = {"RCLONE_CONFIG": str(tmp_path / "none"), "RCLONE_CONFIG_LAKE_TYPE": "s3",
                   "RCLONE_CONFIG_LAKE_PROVIDER": "Other", "RCLONE_CONFIG_LAKE_ENDPOINT": server.url,
                   "RCLONE_CONFIG_LAKE_ACCESS_KEY_ID": keys.ACCESS_KEY, "RCLONE_CONFIG_LAKE_NO_CHECK_BUCKET": "true",
                   "RCLONE_CONFIG_LAKE_SECRET_ACCESS_KEY": keys.SECRET_KEY, "HOME": str(tmp_path)}

    def call(*arguments: str) -> str:
        return run("rclone", *arguments, env=environment).stdout

    return call


def test_rclone_syncs_with_checksums(rclone, repository: str, tree: Path, tmp_path: Path) -> None:
    rclone("sync", "--checksum", "--s3-upload-cutoff", "5Mi", "--s3-chunk-size", "5Mi", str(tree), f"lake:{repository}/main/tree")
    rclone("check", str(tree), f"lake:{repository}/main/tree")
    rclone("copy", f"lake:{repository}/main/tree", f"lake:{repository}/main/again")
    rclone("sync", f"lake:{repository}/main/again", str(tmp_path / "back"))

    assert digests(tmp_path / "back") == digests(tree)
    (tree / "large.bin").unlink()
    rclone("sync", str(tree), f"lake:{repository}/main/tree")
    assert "large.bin" not in rclone("lsf", f"lake:{repository}/main/tree")
    rclone("purge", f"lake:{repository}/main/again")
    assert rclone("lsf", f"lake:{repository}/main") == "tree/\n"


# Python


def test_minio_puts_lists_and_removes(server, repository: str, tree: Path, tmp_path: Path) -> None:
    import minio

    client = minio.Minio(server.url.removeprefix("http://"), access_key=keys.ACCESS_KEY, secret_key=keys.SECRET_KEY, secure=False)

    assert client.bucket_exists(bucket_name=repository)
    assert not client.bucket_exists(bucket_name="nowhere")
    client.fput_object(bucket_name=repository, object_name="main/large", file_path=str(tree / "large.bin"), part_size=5 << 20)
    client.fget_object(bucket_name=repository, object_name="main/large", file_path=str(tmp_path / "large"))
    assert (tmp_path / "large").read_bytes() == (tree / "large.bin").read_bytes()
    listed = client.list_objects(bucket_name=repository, prefix="main/", recursive=True)
    assert [one.object_name for one in listed] == ["main/large"]
    client.remove_object(bucket_name=repository, object_name="main/large")
    assert list(client.list_objects(bucket_name=repository, prefix="main/")) == []


def storage_options(server) -> dict:
    return {"key": keys.ACCESS_KEY, "secret": keys.SECRET_KEY, "client_kwargs": {"endpoint_url": server.url, "region_name": s3.REGION},
            "skip_instance_cache": True}


def test_s3fs_with_pandas(server, repository: str) -> None:
    import pandas
    import s3fs

    files = s3fs.S3FileSystem(**storage_options(server))
    frame = pandas.DataFrame({"number": range(1000), "name": [f"row {i}" for i in range(1000)]})

    frame.to_parquet(f"s3://{repository}/main/frame.parquet", storage_options=storage_options(server))
    with files.open(f"{repository}/main/large", "wb", block_size=5 << 20) as out:
        out.write(b"x" * (11 << 20))

    assert pandas.read_parquet(f"s3://{repository}/main/frame.parquet", storage_options=storage_options(server)).equals(frame)
    assert files.info(f"{repository}/main/large")["size"] == 11 << 20
    files.mv(f"{repository}/main/large", f"{repository}/main/moved")
    files.pipe(f"{repository}/main/folder/a", b"1")
    assert sorted(files.ls(f"{repository}/main", detail=False)) == [
        f"{repository}/main/{name}" for name in ("folder", "frame.parquet", "moved")]
    files.rm(f"{repository}/main/folder", recursive=True)
    assert not files.exists(f"{repository}/main/folder/a")


def test_duckdb_reads_and_writes_through_s3fs(server, repository: str) -> None:
    import duckdb
    import s3fs

    with duckdb.connect() as database:
        database.register_filesystem(s3fs.S3FileSystem(**storage_options(server)))
        database.execute("create table t as select range as n, range % 7 as week from range(10000)")
        database.execute(f"copy t to 's3://{repository}/main/t.parquet' (format parquet)")

        total = database.execute(f"select sum(n), count(distinct week) from 's3://{repository}/main/t.parquet'").fetchone()

    assert total == (49995000, 7)


def test_pyarrow_writes_and_reads_a_dataset(server, repository: str) -> None:
    import pyarrow
    import pyarrow.dataset
    import pyarrow.fs

    files = pyarrow.fs.S3FileSystem(access_key=keys.ACCESS_KEY, secret_key=keys.SECRET_KEY, region=s3.REGION,
                                    scheme="http", endpoint_override=server.url.removeprefix("http://"))
    table = pyarrow.table({"n": range(3000), "part": [str(i % 3) for i in range(3000)]})
    at = f"{repository}/main/dataset"

    pyarrow.dataset.write_dataset(table, at, filesystem=files, format="parquet", partitioning=["part"],
                                  existing_data_behavior="delete_matching")

    read = pyarrow.dataset.dataset(at, filesystem=files, partitioning=["part"]).to_table()
    assert sorted(read["n"].to_pylist()) == list(range(3000))
    files.create_dir(f"{repository}/main/empty")
    assert files.get_file_info(f"{repository}/main/empty").type == pyarrow.fs.FileType.Directory
    files.delete_dir(at)
    assert files.get_file_info(at + "/0").type == pyarrow.fs.FileType.NotFound
    with files.open_output_stream(f"{repository}/main/stream") as out:
        out.write(b"y" * (12 << 20))
    assert files.get_file_info(f"{repository}/main/stream").size == 12 << 20


def test_polars_scans_what_it_wrote(server, repository: str) -> None:
    import polars

    options = {"aws_access_key_id": keys.ACCESS_KEY, "aws_secret_access_key": keys.SECRET_KEY, "aws_region": s3.REGION,
               "aws_endpoint_url": server.url, "aws_allow_http": "true"}
    frame = polars.DataFrame({"n": range(2000), "half": [i % 2 for i in range(2000)]})

    frame.write_parquet(f"s3://{repository}/main/t/a.parquet", storage_options=options)
    frame.lazy().sink_parquet(f"s3://{repository}/main/t/b.parquet", storage_options=options)

    scanned = polars.scan_parquet(f"s3://{repository}/main/t/*.parquet", storage_options=options)
    assert scanned.filter(polars.col("half") == 1).select(polars.col("n").sum()).collect().item() == 2 * sum(range(1, 2000, 2))
