"""Libraries that read and write through fsspec."""

from pathlib import Path

import pytest
from spec_lakes import ROOT, fs, mere_spec, of_server  # noqa: F401

import fsspec
from support import keys
from support.server import Server

LakeFSFileSystem = mere_spec.LakeFSFileSystem


@pytest.fixture(autouse=True)
def registered() -> None:
    for name in ("lakefs", "mere"):
        fsspec.register_implementation(name, LakeFSFileSystem, clobber=True)


@pytest.fixture
def at_server(server: Server, repository: str) -> tuple[str, dict[str, str]]:
    """Where, and the storage options."""
    return f"lakefs://{repository}/main", {"host": server.url, "username": keys.ACCESS_KEY, "password": keys.SECRET_KEY}


def test_fsspec_opens_by_url(at_server: tuple[str, dict[str, str]]) -> None:
    root, options = at_server
    with fsspec.open(f"{root}/a.txt.gz", "wt", compression="infer", **options) as file:
        file.write("text")
    with fsspec.open(f"mere://{root.removeprefix('lakefs://')}/a.txt.gz", "rt", compression="infer", **options) as file:
        assert file.read() == "text"
    mapper = fsspec.get_mapper(f"{root}/map", **options)
    mapper["k"] = b"v"
    assert dict(mapper) == {"k": b"v"}


def test_pandas_reads_two_columns_of_many(at_server: tuple[str, dict[str, str]]) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    numpy = pytest.importorskip("numpy")
    root, options = at_server
    frame = pandas.DataFrame({f"c{i}": numpy.arange(100_000) * i for i in range(10)})
    frame.to_parquet(f"{root}/f.parquet", storage_options=options)
    frame.to_csv(f"{root}/f.csv", storage_options=options, index=False)

    two = pandas.read_parquet(f"{root}/f.parquet", columns=["c2", "c7"], storage_options=options)
    assert two.equals(frame[["c2", "c7"]])
    assert pandas.read_csv(f"{root}/f.csv", storage_options=options).equals(frame)


def test_pyarrow_datasets(fs: LakeFSFileSystem) -> None:
    arrow = pytest.importorskip("pyarrow")
    dataset = pytest.importorskip("pyarrow.dataset")
    table = arrow.table({"part": [1, 1, 2], "value": ["a", "b", "c"]})
    dataset.write_dataset(table, f"{ROOT}/set", format="parquet", partitioning=["part"], filesystem=fs)
    found = dataset.dataset(f"{ROOT}/set", partitioning=["part"], filesystem=fs).to_table()
    assert sorted(found["value"].to_pylist()) == ["a", "b", "c"]


def test_zarr_stores_arrays_by_coroutines(at_server: tuple[str, dict[str, str]]) -> None:
    zarr = pytest.importorskip("zarr", minversion="3")
    numpy = pytest.importorskip("numpy")
    root, options = at_server
    data = numpy.arange(10_000).reshape(100, 100)
    store = zarr.storage.FsspecStore.from_url(f"{root}/z", storage_options=options)
    zarr.create_array(store, data=data, chunks=(10, 10))
    again = zarr.open_array(zarr.storage.FsspecStore.from_url(f"{root}/z", storage_options=options), mode="r")
    assert (again[:] == data).all()


def test_dask_workers_get_the_file_system(at_server: tuple[str, dict[str, str]]) -> None:
    dask = pytest.importorskip("dask")
    frames = pytest.importorskip("dask.dataframe")
    pandas = pytest.importorskip("pandas")
    root, options = at_server
    frame = pandas.DataFrame({"a": range(1000)})
    with dask.config.set(scheduler="threads"):
        frames.from_pandas(frame, npartitions=4).to_parquet(f"{root}/d", storage_options=options)
        assert frames.read_parquet(f"{root}/d", storage_options=options)["a"].sum().compute() == 499_500


def test_duckdb_queries_files(fs: LakeFSFileSystem) -> None:
    duckdb = pytest.importorskip("duckdb")
    fs.pipe({f"{ROOT}/q/{i}.csv": f"n\n{i}\n".encode() for i in range(3)})
    connection = duckdb.connect()
    connection.register_filesystem(fs)
    assert connection.sql(f"select sum(n) from read_csv('lakefs://{ROOT}/q/*.csv')").fetchall() == [(3,)]


def test_polars_reads_what_was_opened(fs: LakeFSFileSystem) -> None:
    polars = pytest.importorskip("polars")
    with fs.open(f"{ROOT}/p.parquet", "wb") as file:
        polars.DataFrame({"a": [1, 2]}).write_parquet(file)
    with fs.open(f"{ROOT}/p.parquet") as file:
        assert polars.read_parquet(file)["a"].to_list() == [1, 2]


def test_progress_bars(fs: LakeFSFileSystem, tmp_path: Path) -> None:
    pytest.importorskip("tqdm")
    from fsspec.callbacks import TqdmCallback

    fs.pipe({f"{ROOT}/b/{i}": b"1" for i in range(10)})
    with TqdmCallback(tqdm_kwargs={"disable": True}) as callback:
        fs.get(f"{ROOT}/b/*", f"{tmp_path}/b/", callback=callback)
        assert (callback.size, callback.value) == (10, 10)
