"""The `lakefs-spec` package (fsspec): pandas, files, listings and transactions through lakefs:// paths."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lakefs_spec import LakeFSFileSystem

from support import keys


@pytest.fixture
def storage_options(server) -> dict[str, str]:
    return {"host": server.url, "username": keys.ACCESS_KEY, "password": keys.SECRET_KEY}


@pytest.fixture
def fs(storage_options) -> LakeFSFileSystem:
    LakeFSFileSystem.clear_instance_cache()
    return LakeFSFileSystem(**storage_options, skip_instance_cache=True)


@pytest.fixture
def root(repository: str) -> str:
    return f"{repository}/main"


def test_pandas_writes_and_reads_parquet(root: str, storage_options) -> None:
    frame = pd.DataFrame({"id": range(20_000), "name": [f"name-{n}" for n in range(20_000)], "x": 0.5})

    frame.to_parquet(f"lakefs://{root}/frames/one.parquet", storage_options=storage_options)

    read = pd.read_parquet(f"lakefs://{root}/frames/one.parquet", storage_options=storage_options)
    pd.testing.assert_frame_equal(read, frame)
    columns = pd.read_parquet(f"lakefs://{root}/frames/one.parquet", columns=["id"], storage_options=storage_options)
    assert list(columns.columns) == ["id"]


def test_pandas_writes_and_reads_csv(root: str, storage_options) -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})

    frame.to_csv(f"lakefs://{root}/frame.csv", index=False, storage_options=storage_options)

    pd.testing.assert_frame_equal(pd.read_csv(f"lakefs://{root}/frame.csv", storage_options=storage_options), frame)


def test_arrow_reads_row_groups_by_ranges(root: str, fs: LakeFSFileSystem) -> None:
    table = pa.table({"n": range(100_000)})
    with fs.open(f"{root}/groups.parquet", "wb") as out:
        pq.write_table(table, out, row_group_size=10_000)

    with fs.open(f"{root}/groups.parquet", "rb") as file:
        parquet = pq.ParquetFile(file)

        assert parquet.num_row_groups == 10
        assert parquet.read_row_group(7)["n"][0].as_py() == 70_000


def test_folders_are_listed_walked_and_globbed(root: str, fs: LakeFSFileSystem) -> None:
    for name in ("a/1.txt", "a/2.txt", "a/deep/3.txt", "b.txt"):
        fs.pipe(f"{root}/{name}", name.encode())

    assert [entry["name"] for entry in fs.ls(f"{root}/")] == [f"{root}/a/", f"{root}/b.txt"]
    assert sorted(fs.find(f"{root}/a")) == [f"{root}/a/1.txt", f"{root}/a/2.txt", f"{root}/a/deep/3.txt"]
    assert sorted(fs.glob(f"{root}/a/*.txt")) == [f"{root}/a/1.txt", f"{root}/a/2.txt"]
    assert fs.isdir(f"{root}/a") and fs.isfile(f"{root}/b.txt") and not fs.exists(f"{root}/c")
    assert fs.info(f"{root}/a/deep/3.txt")["size"] == len("a/deep/3.txt")
    assert fs.cat_file(f"{root}/a/deep/3.txt", start=2, end=6) == b"deep"


def test_files_go_up_and_come_down_by_checksum(root: str, fs: LakeFSFileSystem, tmp_path) -> None:
    content = bytes(range(256)) * 1000
    (tmp_path / "up").write_bytes(content)

    fs.put_file(str(tmp_path / "up"), f"{root}/file.bin")
    fs.get_file(f"{root}/file.bin", str(tmp_path / "down"))

    assert (tmp_path / "down").read_bytes() == content
    assert fs.checksum(f"{root}/file.bin") == fs.info(f"{root}/file.bin")["checksum"]
    fs.cp_file(f"{root}/file.bin", f"{root}/copy.bin")
    fs.rm(f"{root}/file.bin")
    assert fs.cat(f"{root}/copy.bin") == content
    assert not fs.exists(f"{root}/file.bin")


def test_a_transaction_is_committed_and_merged(repository: str, root: str, fs: LakeFSFileSystem) -> None:
    with fs.transaction(repository, "main") as transaction:
        fs.pipe(f"{repository}/{transaction.branch.id}/added", b"added")
        transaction.commit(message="add a file")
        tag = transaction.tag(transaction.branch.head, name="v1")

    assert tag.id == "v1"
    assert fs.cat(f"{root}/added") == b"added"
    assert fs.cat(f"{repository}/v1/added") == b"added"


def test_a_failed_transaction_leaves_the_branch_alone(repository: str, root: str, fs: LakeFSFileSystem) -> None:
    fs.pipe(f"{root}/base", b"base")

    with pytest.raises(ValueError), pytest.warns(match="uncommitted changes"):
        with fs.transaction(repository, "main") as transaction:
            fs.pipe(f"{repository}/{transaction.branch.id}/added", b"added")
            raise ValueError("the work failed")

    assert not fs.exists(f"{root}/added")
    assert fs.cat(f"{root}/base") == b"base"


def test_missing_paths_are_file_not_found(root: str, fs: LakeFSFileSystem) -> None:
    with pytest.raises(FileNotFoundError):
        fs.cat_file(f"{root}/none")
    with pytest.raises(FileNotFoundError):
        fs.ls("no-such-repository/main/")
