"""A blob service for tests: Azurite, Microsoft's emulator of Azure Storage, on loopback, with signatures checked.

As a program it runs a command with the service's address in MERE_TEST_AZURE_ENDPOINT and so on, and fails if the
service does not start: `python tests/support/azure_service.py -- ctest …`. `./dev` installs it in build/azurite.
"""

import itertools
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from azure.storage.blob import BlobServiceClient

sys.path.insert(0, str(Path(__file__).parent.parent))  # as a program it knows its own folder only

from support.certificate import Certificate  # noqa: E402

ACCOUNT = "devstoreaccount1"  # the emulator's own, and its key: published, and good for nothing else
ACCESS_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
START_SECONDS = 120 * float(os.environ.get("MERE_TEST_TIME_SCALE") or 1)
PROGRAM = Path(__file__).resolve().parents[2] / "build" / "azurite" / "node_modules" / ".bin" / "azurite-blob"


class AzureService:
    def __init__(self, folder: Path, tls: Certificate | None = None) -> None:
        """With `tls` it speaks HTTPS and takes access tokens too, as the emulator does only then."""
        self.folder = folder
        self.tls = tls
        self.endpoint = ""  # with the account in its path
        self._process: subprocess.Popen[bytes] | None = None
        self._containers = itertools.count(1)

    def start(self) -> "AzureService":
        program = os.environ.get("MERE_TEST_AZURITE", str(PROGRAM))
        if not Path(program).exists():
            raise RuntimeError(f"no {program}: run `./dev test`, or `npm install azurite` there")
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [program, "--blobHost", "127.0.0.1", "--blobPort", "0", "--location", str(self.folder),
                 "--skipApiVersionCheck", "--disableTelemetry", *self._tls_arguments()],
                cwd=self.folder, env=os.environ | self._tls_environment(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if found := re.search(r"listens on (https?://127\.0\.0\.1:\d+)", self.log()):
                self.endpoint = f"{found.group(1)}/{ACCOUNT}"
                return self
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"Azurite does not start:\n{self.log()[-4000:]}")

    def _tls_arguments(self) -> list[str]:
        if not self.tls:
            return []
        return ["--oauth", "basic", "--cert", str(self.tls.file), "--key", str(self.tls.key_file)]

    def _tls_environment(self) -> dict[str, str]:
        """It reads the source of a copy from itself."""
        return {"NODE_EXTRA_CA_CERTS": str(self.tls.file)} if self.tls else {}

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self) -> BlobServiceClient:
        verify = {"connection_verify": str(self.tls.file)} if self.tls else {}
        return BlobServiceClient(self.endpoint, credential=ACCESS_KEY, **verify)

    def new_container(self) -> str:
        name = f"container-{next(self._containers)}"
        with self.client() as client:
            client.create_container(name)
        return name

    def address(self, container: str) -> str:
        """As the real service's addresses are: the emulator only answers for it."""
        return f"https://{ACCOUNT}.blob.core.windows.net/{container}"

    def environment(self) -> dict[str, str]:
        """What unit tests look for."""
        return {"MERE_TEST_AZURE_ENDPOINT": self.endpoint, "MERE_TEST_AZURE_ACCOUNT": ACCOUNT,
                "MERE_TEST_AZURE_ACCESS_KEY": ACCESS_KEY, "MERE_TEST_AZURE_CONTAINER": self.new_container()}

    def settings(self) -> dict[str, str]:
        """What makes a server keep its objects there."""
        return {"MERE_BLOCKSTORE_TYPE": "azure", "MERE_BLOCKSTORE_AZURE_TEST_ENDPOINT_URL": self.endpoint,
                "MERE_BLOCKSTORE_AZURE_STORAGE_ACCOUNT": ACCOUNT,
                "MERE_BLOCKSTORE_AZURE_STORAGE_ACCESS_KEY": ACCESS_KEY}


def main(command: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="mere-azure-") as folder:
        service = AzureService(Path(folder)).start()
        try:
            return subprocess.run(command, env=os.environ | service.environment(), check=False).returncode
        finally:
            service.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[sys.argv.index("--") + 1:]))
