"""Servers under test: one of ours in a new folder, or any by its URL."""

import base64
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import tempfile

KEY = "AKIAIOSFOLQUICKSTART"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


class Server:
    def __init__(self, name: str, url: str, key: str, secret: str, pid: int | None = None):
        self.name, self.url, self.pid = name, url.rstrip("/"), pid
        self.authorization = "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()

    def resident_mib(self) -> float | None:
        if self.pid is None:
            return None
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


@contextlib.contextmanager
def ours(binary: str):
    environment = {
        **os.environ,
        "MERE_INSTALLATION_USER_NAME": "bench",
        "MERE_INSTALLATION_ACCESS_KEY_ID": KEY,
        "MERE_INSTALLATION_SECRET_ACCESS_KEY": SECRET,
    }
    with tempfile.TemporaryDirectory(prefix="mere-bench-") as data:
        process = subprocess.Popen(
            [binary, "serve", "--data", data, "--listen", "127.0.0.1:0"],
            env=environment, cwd=data, stdout=subprocess.PIPE, text=True,
        )
        try:
            for line in process.stdout:
                if found := re.search(r"http://[\d.]+:\d+", line):
                    break
            else:
                raise SystemExit("the server did not start")
            yield Server("mere", found[0], KEY, SECRET, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


@contextlib.contextmanager
def bare(binary: str):
    """The HTTP server with nothing behind it: the limit of small requests."""
    process = subprocess.Popen([binary, "127.0.0.1:8901"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield "http://127.0.0.1:8901/"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
