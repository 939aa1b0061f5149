"""A Trino of one node, run from an unpacked trino-server, and its HTTP protocol.

It is large: MERE_TEST_TRINO names the folder, JAVA_HOME a JDK that it runs on (docs/s3.md says where both are
from).
"""

import os
import socket
import subprocess
import time
from pathlib import Path

import httpx

from support.poll import patience, until

START_SECONDS = 300
QUERY_SECONDS = 180
PLUGINS = ("hive", "iceberg", "tpch")  # each that is loaded makes the start longer


def home() -> Path | None:
    folder = Path(os.environ.get("MERE_TEST_TRINO") or "/nonexistent")
    return folder if (folder / "plugin" / "hive").is_dir() else None


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class QueryFailed(Exception):
    pass


class Trino:
    """Started by `with`, with no catalogs: CREATE CATALOG makes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log_file = folder / "trino.log"
        self.url = f"http://127.0.0.1:{_free_port()}"
        self.process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(timeout=patience(30), trust_env=False, headers={"X-Trino-User": "test"})

    def _configure(self) -> None:
        etc, plugins = self.folder / "etc", self.folder / "plugins"
        (etc / "catalog").mkdir(parents=True)
        plugins.mkdir()
        for name in PLUGINS:
            (plugins / name).symlink_to(home() / "plugin" / name)
        settings = {
            "coordinator": "true",
            "node-scheduler.include-coordinator": "true",
            "http-server.http.port": self.url.rpartition(":")[2],
            "discovery.uri": self.url,
            "plugin.dir": plugins,
            "catalog.management": "dynamic",
            "catalog.store": "memory",
            "query.max-memory": "256MB",
            "query.max-memory-per-node": "256MB",
            "memory.heap-headroom-per-node": "128MB",
        }
        (etc / "config.properties").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))

    def __enter__(self) -> "Trino":
        self._configure()
        java = Path(os.environ["JAVA_HOME"]) / "bin" / "java" if "JAVA_HOME" in os.environ else "java"
        properties = {
            "config": "etc/config.properties",
            "catalog.config-dir": "etc/catalog",
            "node.environment": "test",
            "node.id": "one",
            "node.data-dir": "data",
            "node.bind-ip": "127.0.0.1",
            "node.internal-address": "127.0.0.1",
            "jdk.attach.allowAttachSelf": "true",
        }
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [java, "-Xmx1g", "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError", "-XX:TieredStopAtLevel=1",
                 "--add-modules=jdk.incubator.vector", *(f"-D{name}={value}" for name, value in properties.items()),
                 "-cp", f"{home()}/lib/*", "io.trino.server.TrinoServer"],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            until(self._is_up, START_SECONDS, "Trino's start")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _is_up(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"Trino ended with {self.process.returncode}:\n{self.logs()}")
        try:
            return self.http.get(f"{self.url}/v1/info").json().get("starting") is False
        except (httpx.HTTPError, ValueError):
            return False

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait()
        self.http.close()

    def logs(self) -> str:
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-40:])

    def query(self, sql: str) -> list[tuple]:
        """The rows of a statement. QueryFailed with Trino's words; TimeoutError."""
        deadline = time.monotonic() + patience(QUERY_SECONDS)
        answer = self.http.post(f"{self.url}/v1/statement", content=sql).raise_for_status().json()
        rows: list[tuple] = []
        while True:
            rows += [tuple(row) for row in answer.get("data", [])]
            if "error" in answer:
                raise QueryFailed(f"{sql}: {answer['error']['message']}")
            if "nextUri" not in answer:
                return rows
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {patience(QUERY_SECONDS):g} s: {sql}")
            answer = self.http.get(answer["nextUri"]).raise_for_status().json()
