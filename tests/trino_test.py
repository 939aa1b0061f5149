"""Trino with its Hive and Iceberg connectors on the S3 gateway: tables at s3://repository/ref/path.

Trino is large: this runs where MERE_TEST_TRINO names an unpacked trino-server, and is skipped elsewhere.
"""

import itertools

import pytest

from support import keys, s3, trino

if trino.home() is None:
    pytest.skip("MERE_TEST_TRINO names no trino-server", allow_module_level=True)

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with trino.Trino(tmp_path_factory.mktemp("trino")) as started:
        yield started


@pytest.fixture
def catalog(engine, server):
    """Makes a catalog whose tables and their definitions lie at s3://repository/ref/warehouse; answers its name."""
    made: list[str] = []

    def make(connector: str, repository: str, ref: str) -> str:
        made.append(f"{connector}_{next(_numbers)}")
        settings = {
            "hive.metastore.catalog.dir": f"s3://{repository}/{ref}/warehouse",
            "fs.native-s3.enabled": "true",
            "s3.endpoint": server.url,
            "s3.region": s3.REGION,
            "s3.path-style-access": "true",
            "s3.aws-access-key": keys.ACCESS_KEY,
            "s3.aws-secret-key": keys.SECRET_KEY,
        } | ({"hive.metastore": "file"} if connector == "hive" else {"iceberg.catalog.type": "TESTING_FILE_METASTORE"})
        listed = ", ".join(f"\"{name}\" = '{value}'" for name, value in settings.items())
        engine.query(f"CREATE CATALOG {made[-1]} USING {connector} WITH ({listed})")
        return made[-1]

    yield make
    for name in made:
        engine.query(f"DROP CATALOG {name}")


@pytest.fixture(scope="module")
def numbers(engine) -> str:
    engine.query("CREATE CATALOG tpch USING tpch")
    return "tpch.tiny.orders"  # 15,000 rows


def commit(api, branch: str) -> str:
    return api.post(f"/branches/{branch}/commits", json={"message": "by a test"}).raise_for_status().json()["id"]


def test_a_hive_catalog_is_read_as_a_commit_left_it(engine, catalog, numbers: str, repository: str, api) -> None:
    here = catalog("hive", repository, "main")
    table = f"{here}.shop.orders"
    totals = "SELECT day, count(*), sum(id) FROM {} GROUP BY day ORDER BY day"
    engine.query(f"CREATE SCHEMA {here}.shop")

    engine.query(f"CREATE TABLE {table} (id bigint, priority varchar, day bigint) "
                 "WITH (format = 'PARQUET', partitioned_by = ARRAY['day'])")
    engine.query(f"INSERT INTO {table} SELECT orderkey, orderpriority, orderkey % 3 FROM {numbers}")
    written = engine.query(totals.format(table))
    committed = commit(api, "main")
    engine.query(f"INSERT INTO {table} VALUES (1, 'late', 0)")
    engine.query(f"DELETE FROM {table} WHERE day = 1")

    assert written == engine.query(f"SELECT orderkey % 3, count(*), sum(orderkey) FROM {numbers} GROUP BY 1 ORDER BY 1")
    [first, _, last] = written
    assert engine.query(totals.format(table)) == [(0, first[1] + 1, first[2] + 1), last]
    there = catalog("hive", repository, committed)
    assert engine.query(totals.format(f"{there}.shop.orders")) == written
    with pytest.raises(trino.QueryFailed):
        engine.query(f"INSERT INTO {there}.shop.orders VALUES (2, 'too late', 0)")


def test_iceberg_tables_of_two_branches_part(engine, catalog, numbers: str, repository: str, api) -> None:
    here = catalog("iceberg", repository, "main")
    table = f"{here}.shop.orders"
    total = "SELECT count(*), sum(orderkey) FROM {}"
    engine.query(f"CREATE SCHEMA {here}.shop")
    engine.query(f"CREATE TABLE {table} AS SELECT orderkey, orderpriority FROM {numbers}")
    before = engine.query(total.format(table))
    commit(api, "main")
    api.post("/branches", json={"name": "side", "source": "main"}).raise_for_status()

    there = catalog("iceberg", repository, "side")
    engine.query(f"DELETE FROM {there}.shop.orders WHERE orderkey > 100")
    engine.query(f"INSERT INTO {there}.shop.orders VALUES (1000000, 'new')")
    commit(api, "side")
    engine.query(f"INSERT INTO {table} VALUES (0, 'on main')")

    [(count, keys_summed)] = before
    assert engine.query(total.format(table)) == [(count + 1, keys_summed)]
    [(few, few_summed)] = engine.query(f"SELECT count(*), sum(orderkey) FROM {numbers} WHERE orderkey <= 100")
    assert engine.query(total.format(f"{there}.shop.orders")) == [(few + 1, few_summed + 1_000_000)]
