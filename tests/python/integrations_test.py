"""The field's tools on a lake by its URIs, with a server and without."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import mere
import mere_spec
import pytest
from support import keys
from support.server import Server

pandas = pytest.importorskip("pandas")
numpy = pytest.importorskip("numpy")

Options = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    """As the installed package's entry points do it."""
    for protocol in ("lakefs", "mere"):
        fsspec.register_implementation(protocol, mere_spec.LakeFSFileSystem, clobber=True)
    yield


@pytest.fixture(params=["embedded", "http"])
def options(request: pytest.FixtureRequest, tmp_path: Path, make_server: Callable[..., Server]) -> Options:
    """storage_options of a lake with the repository `data`."""
    found: Options
    if request.param == "embedded":
        found = {"lake": str(tmp_path / "lake")}
    else:
        found = {"host": make_server().start().url, "username": keys.ACCESS_KEY, "password": keys.SECRET_KEY}
    mere.Repository("data", client=mere.Client(**found)).create("local://data")
    return found


@pytest.fixture
def frame() -> Any:
    numbers = numpy.random.default_rng(7)
    return pandas.DataFrame({
        "id": range(20_000), "value": numbers.random(20_000), "group": numbers.integers(0, 5, 20_000).astype(str)})


def test_pandas_reads_what_it_wrote(options: Options, frame: Any) -> None:
    for name in ("parquet", "csv", "json", "feather"):
        uri = f"lakefs://data/main/table.{name}"
        write = getattr(frame, f"to_{name}")
        write(uri, storage_options=options) if name in ("parquet", "json", "feather") else write(
            uri, index=False, storage_options=options)
        back = getattr(pandas, f"read_{name}")(uri, storage_options=options)
        pandas.testing.assert_frame_equal(back.astype(frame.dtypes), frame, check_exact=False)

    some = pandas.read_parquet("mere://data/main/table.parquet", columns=["value"], storage_options=options)
    assert list(some.columns) == ["value"]


def test_polars_reads_and_writes(options: Options, frame: Any) -> None:
    polars = pytest.importorskip("polars")
    fs = fsspec.filesystem("lakefs", **options)
    table = polars.from_pandas(frame)

    with fs.open("data/main/polars.parquet", "wb") as file:
        table.write_parquet(file)
    with fs.open("data/main/polars.parquet", "rb") as file:
        assert polars.read_parquet(file).equals(table)


def test_a_pyarrow_dataset_prunes_its_partitions(options: Options, frame: Any) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    dataset = pytest.importorskip("pyarrow.dataset")
    fs = fsspec.filesystem("lakefs", **options)
    table = pyarrow.Table.from_pandas(frame)

    dataset.write_dataset(table, "data/main/partitioned", format="parquet", filesystem=fs,
                          partitioning=dataset.partitioning(pyarrow.schema([("group", pyarrow.string())])))
    opened = dataset.dataset("data/main/partitioned", filesystem=fs, partitioning=["group"])

    assert len(opened.files) == 5
    found = opened.to_table(columns=["id"], filter=dataset.field("group") == 3)
    assert found.num_rows == int((frame["group"] == "3").sum())


def test_duckdb_queries_parquet_in_the_lake(options: Options, frame: Any) -> None:
    duckdb = pytest.importorskip("duckdb")
    frame.to_parquet("lakefs://data/main/duck.parquet", storage_options=options)
    connection = duckdb.connect()
    connection.register_filesystem(fsspec.filesystem("lakefs", **options))

    rows = connection.sql("select count(*), sum(id) from 'lakefs://data/main/duck.parquet'").fetchall()

    assert rows == [(20_000, sum(range(20_000)))]
    connection.sql("copy (select 1 as one) to 'lakefs://data/main/written.parquet'")
    assert pandas.read_parquet("lakefs://data/main/written.parquet", storage_options=options)["one"].tolist() == [1]


@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
def test_dask_computes_over_many_files(options: Options, frame: Any, scheduler: str) -> None:
    dataframe = pytest.importorskip("dask.dataframe")
    parts = dataframe.from_pandas(frame, npartitions=8)

    parts.to_parquet("lakefs://data/main/dask", storage_options=options, compute_kwargs={"scheduler": scheduler})
    back = dataframe.read_parquet("lakefs://data/main/dask", storage_options=options)

    assert back["id"].sum().compute(scheduler=scheduler) == sum(range(20_000))


def test_zarr_and_xarray_store_arrays(options: Options) -> None:
    zarr = pytest.importorskip("zarr")
    xarray = pytest.importorskip("xarray")
    numbers = numpy.arange(10_000, dtype="float64").reshape(100, 100)
    store = zarr.storage.FsspecStore.from_url(
        "lakefs://data/main/array.zarr", storage_options=options | {"asynchronous": True})
    array = zarr.create_array(store, shape=numbers.shape, chunks=(10, 100), dtype=numbers.dtype)
    array[:] = numbers

    assert (zarr.open_array(store, mode="r")[35:37, 5] == numbers[35:37, 5]).all()

    data = xarray.Dataset({"t": (("x", "y"), numbers)})
    data.to_zarr("lakefs://data/main/set.zarr", storage_options=options, zarr_format=3, consolidated=False)
    opened = xarray.open_zarr("lakefs://data/main/set.zarr", storage_options=options, consolidated=False)
    assert float(opened["t"].sum()) == numbers.sum()


def test_datasets_of_hugging_face_load_from_the_lake(options: Options, frame: Any, tmp_path: Path,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    datasets = pytest.importorskip("datasets")
    frame.to_parquet("lakefs://data/main/train.parquet", storage_options=options)

    loaded = datasets.load_dataset("parquet", data_files={"train": "lakefs://data/main/train.parquet"}, split="train",
                                   storage_options=options, cache_dir=str(tmp_path / "cache"))

    assert loaded.num_rows == 20_000
    loaded.save_to_disk("lakefs://data/main/saved", storage_options=options)
    assert datasets.load_from_disk("lakefs://data/main/saved", storage_options=options).num_rows == 20_000


def test_a_pytorch_loader_reads_objects(options: Options) -> None:
    torch_data = pytest.importorskip("torch.utils.data")
    fs = fsspec.filesystem("lakefs", **options)
    paths = [f"data/main/samples/{i}" for i in range(20)]
    fs.pipe({path: bytes([i] * 8) for i, path in enumerate(paths)})

    class Samples(torch_data.Dataset):  # type: ignore[misc,name-defined]
        def __len__(self) -> int:
            return len(paths)

        def __getitem__(self, index: int) -> int:
            return int(fs.cat_file(paths[index])[0])

    workers = 0 if "lake" in options else 2  # a lake that is open in-process stays with its process
    loader = torch_data.DataLoader(Samples(), batch_size=5, num_workers=workers)
    assert sorted(int(one) for batch in loader for one in batch) == list(range(20))


def test_what_python_has_reads_objects_as_files(options: Options) -> None:
    import csv
    import json
    import zipfile

    client = mere.Client(**options)
    branch = mere.Repository("data", client=client).branch("main")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("inside.json", json.dumps({"a": 1}))
    branch.object("archive.zip").upload(archive.getvalue())
    branch.object("rows.csv").upload("a,b\n1,2\n3,4\n")

    with branch.object("archive.zip").reader("rb") as reader, zipfile.ZipFile(reader) as opened:
        assert json.loads(opened.read("inside.json")) == {"a": 1}
    with branch.object("rows.csv").reader("r") as reader:
        assert list(csv.reader(reader)) == [["a", "b"], ["1", "2"], ["3", "4"]]
