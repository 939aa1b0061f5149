"""Objects and listings as tables. The libraries are extras, imported when they are needed."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Optional

_SUFFIXES = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}


def needed(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"this needs {module.partition('.')[0]}: pip install 'mere[{extra}]'"
        ) from error


def format_of(path: str, given: Optional[str]) -> str:
    """`given`, or what the path's suffix says. Raises ValueError."""
    suffix = path[path.rfind(".") :].lower() if "." in path else ""
    found = _SUFFIXES.get(suffix, "") if given is None else _SUFFIXES.get(f".{given}", given)
    if found not in _SUFFIXES.values():
        raise ValueError(
            f"{path}: give format=, one of {', '.join(sorted(set(_SUFFIXES.values())))}"
        )
    return found


def to_pandas(file: Any, path: str, given: Optional[str], kwargs: dict[str, Any]) -> Any:
    form = format_of(path, given)
    pandas = needed("pandas", "pandas")
    with file:
        if form == "parquet":
            return pandas.read_parquet(file, **kwargs)
        if form == "arrow":
            return pandas.read_feather(file, **kwargs)
        columns = kwargs.pop("columns", None)
        if form in ("csv", "tsv"):
            if form == "tsv":
                kwargs.setdefault("sep", "\t")
            return pandas.read_csv(
                file, **kwargs, **({} if columns is None else {"usecols": columns})
            )
        frame = pandas.read_json(file, **kwargs, **({"lines": True} if form == "ndjson" else {}))
        return frame if columns is None else frame[list(columns)]


def to_polars(file: Any, path: str, given: Optional[str], kwargs: dict[str, Any]) -> Any:
    form = format_of(path, given)
    polars = needed("polars", "polars")
    with file:
        if form in ("csv", "tsv"):
            if form == "tsv":
                kwargs.setdefault("separator", "\t")
            return polars.read_csv(file, **kwargs)
        if form == "parquet":
            return polars.read_parquet(file, **kwargs)
        if form == "arrow":
            return polars.read_ipc(file, **kwargs)
        columns = kwargs.pop("columns", None)
        read = polars.read_ndjson if form == "ndjson" else polars.read_json
        frame = read(file, **kwargs)
        return frame if columns is None else frame.select(columns)


def to_arrow(file: Any, path: str, given: Optional[str], kwargs: dict[str, Any]) -> Any:
    form = format_of(path, given)
    pyarrow = needed("pyarrow", "arrow")
    with file:
        if form == "parquet":
            return needed("pyarrow.parquet", "arrow").read_table(file, **kwargs)
        if form == "arrow":
            return needed("pyarrow.feather", "arrow").read_table(file, **kwargs)
        columns = kwargs.pop("columns", None)
        if form in ("csv", "tsv"):
            csv = needed("pyarrow.csv", "arrow")
            if form == "tsv":
                kwargs.setdefault("parse_options", csv.ParseOptions(delimiter="\t"))
            table = csv.read_csv(file, **kwargs)
        elif form == "ndjson":
            table = needed("pyarrow.json", "arrow").read_json(file, **kwargs)
        else:
            import json

            rows = json.load(file)
            table = pyarrow.Table.from_pylist(rows if isinstance(rows, list) else [rows], **kwargs)
        return table if columns is None else table.select(list(columns))


def to_duckdb(table: Any, connection: Any) -> Any:
    duckdb = needed("duckdb", "duckdb")
    return (duckdb if connection is None else connection).from_arrow(table)


class ListingColumns:
    """Gathers the pages of a listing as columns."""

    _FIELDS = (
        "path",
        "path_type",
        "size_bytes",
        "mtime",
        "checksum",
        "content_type",
        "physical_address",
        "metadata",
    )

    def __init__(self) -> None:
        self._pyarrow = needed("pyarrow", "arrow")
        pa = self._pyarrow
        kinds = {
            "size_bytes": pa.int64(),
            "mtime": pa.timestamp("s", tz="UTC"),
            "metadata": pa.map_(pa.string(), pa.string()),
        }
        self._schema = pa.schema([(name, kinds.get(name, pa.string())) for name in self._FIELDS])
        self._batches: list[Any] = []

    def add(self, page: Sequence[Any]) -> None:
        columns = {name: [getattr(item, name) for item in page] for name in self._FIELDS}
        columns["metadata"] = [
            None if one is None else list(one.items()) for one in columns["metadata"]
        ]
        self._batches.append(self._pyarrow.RecordBatch.from_pydict(columns, schema=self._schema))

    def table(self) -> Any:
        return self._pyarrow.Table.from_batches(self._batches, schema=self._schema)
