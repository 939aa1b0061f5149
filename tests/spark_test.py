"""Spark through S3A: a query reads and writes parquet at s3a://repository/branch/path, with each of S3A's committers.

Spark is large: this runs where pyspark is installed and MERE_TEST_SPARK_JARS names a folder with the jars of
hadoop-aws, its AWS SDK and spark-hadoop-cloud (docs/s3.md says which), and is skipped elsewhere.
"""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import keys, s3
from support.poll import patience

JARS = os.environ.get("MERE_TEST_SPARK_JARS", "")
sql = pytest.importorskip("pyspark.sql", reason="no pyspark")
if not JARS or not list(Path(JARS).glob("hadoop-aws-*.jar")):
    pytest.skip("MERE_TEST_SPARK_JARS names no folder with hadoop-aws", allow_module_level=True)

COMMITTERS = ("file", "directory", "partitioned", "magic")
TEST_SECONDS = 300  # the first query also loads most of Spark


@pytest.fixture(scope="module")
def spark(server, tmp_path_factory):
    scratch = tmp_path_factory.mktemp("spark")
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.memory": "1g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.jars": ",".join(map(str, sorted(Path(JARS).glob("*.jar")))),
        "spark.local.dir": str(scratch / "local"),
        "spark.hadoop.fs.s3a.buffer.dir": str(scratch / "buffer"),
        "spark.hadoop.fs.s3a.endpoint": server.url,
        "spark.hadoop.fs.s3a.endpoint.region": s3.REGION,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.access.key": keys.ACCESS_KEY,
        "spark.hadoop.fs.s3a.secret.key": keys.SECRET_KEY,
        "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        "spark.hadoop.fs.s3a.committer.staging.tmp.path": str(scratch / "staging"),
        "spark.hadoop.fs.s3a.committer.magic.enabled": "true",
        "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a": "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
        "spark.sql.sources.commitProtocolClass": "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol",
        "spark.sql.parquet.output.committer.class": "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter",
    }
    builder = sql.SparkSession.builder.master("local[2]").appName("mere")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(autouse=True)
def time_limit(spark) -> Iterator[None]:
    """Calls of Spark have none of their own: its process is ended, and they fail."""
    limit = threading.Timer(patience(TEST_SECONDS), spark.sparkContext._gateway.proc.kill)
    limit.start()
    yield
    limit.cancel()


def use_committer(spark, name: str) -> None:
    spark.sparkContext._jsc.hadoopConfiguration().set("fs.s3a.committer.name", name)


@pytest.mark.parametrize("committer", COMMITTERS)
def test_a_query_reads_what_another_wrote(spark, client, repository: str, committer: str) -> None:
    use_committer(spark, committer)
    there = f"s3a://{repository}/main/table"
    rows = spark.range(20_000).selectExpr("id", "id % 7 as day", "concat('row ', id) as name")

    rows.repartition(3).write.partitionBy("day").parquet(there)
    before = client.post(f"/repositories/{repository}/branches/main/commits", json={"message": "written"}).json()["id"]
    rows.filter("id < 100").write.mode("overwrite").partitionBy("day").parquet(there)

    def summed(ref: str) -> list[tuple]:
        table = spark.read.parquet(f"s3a://{repository}/{ref}/table")
        return [tuple(row) for row in table.groupBy("day").sum("id").orderBy("day").collect()]

    expected = [(day, sum(range(day, 20_000, 7))) for day in range(7)]
    assert summed(before) == expected
    assert summed("main") == [(day, sum(range(day, 100, 7))) for day in range(7)]
    left = client.get(f"/repositories/{repository}/refs/main/objects/ls", params={"prefix": "table/", "amount": 1000}).json()["results"]
    assert not [one["path"] for one in left if "_temporary" in one["path"] or "__magic" in one["path"] or "_staging" in one["path"]]


def test_tables_of_two_branches_meet_in_one_query(spark, client, repository: str) -> None:
    use_committer(spark, "magic")
    spark.range(1000).withColumnRenamed("id", "key").write.parquet(f"s3a://{repository}/main/left")
    client.post(f"/repositories/{repository}/branches/main/commits", json={"message": "left"}).raise_for_status()
    client.post(f"/repositories/{repository}/branches", json={"name": "side", "source": "main"}).raise_for_status()
    spark.range(500, 1500).withColumnRenamed("id", "key").write.parquet(f"s3a://{repository}/side/right")

    left = spark.read.parquet(f"s3a://{repository}/side/left")
    joined = left.join(spark.read.parquet(f"s3a://{repository}/side/right"), "key")

    assert joined.agg({"key": "sum"}).first()[0] == sum(range(500, 1000))
