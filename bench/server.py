"""Servers under test: one of ours in a new folder, or any by its URL."""

import base64
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

KEY = "AKIAIOSFOLQUICKSTART"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


class Server:
    def __init__(self, name: str, url: str, key: str, secret: str, pid: int | None = None):
        self.name, self.url, self.key, self.secret, self.pid = name, url.rstrip("/"), key, secret, pid
        self.authorization = "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()

    def memory_mib(self, which: str = "VmRSS") -> float | None:
        """VmRSS: now; VmHWM: the most so far."""
        if self.pid is None:
            return None
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"{which}:\s+(\d+)", status)[1]) / 1024

    def processor_seconds(self) -> float | None:
        if self.pid is None:
            return None
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def ours(binary: str, folder: str | None = None, **settings: str):
    """Our server on an empty lake; `settings` become MERE_… variables.

    The lake is left below `folder`, if that is given: files are slow to make on some file systems just after
    many were removed, and other work may follow.
    """
    environment = {
        **os.environ,
        "MERE_INSTALLATION_USER_NAME": "bench",
        "MERE_INSTALLATION_ACCESS_KEY_ID": KEY,
        "MERE_INSTALLATION_SECRET_ACCESS_KEY": SECRET,
        **{f"MERE_{name.upper()}": value for name, value in settings.items()},
    }
    with contextlib.ExitStack() as stack:
        data = tempfile.mkdtemp(prefix="lake-", dir=folder or stack.enter_context(tempfile.TemporaryDirectory()))
        began = time.perf_counter()
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
            server = Server("mere", found[0], KEY, SECRET, process.pid)
            server.start_seconds = time.perf_counter() - began
            server.data = data
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=120)


@contextlib.contextmanager
def bare(binary: str, file: str):
    """The HTTP server with nothing behind it, the limit of requests; `file` is what /file answers."""
    process = subprocess.Popen([binary, "127.0.0.1:0", "0", file], stdout=subprocess.PIPE, text=True)
    try:
        address = re.search(r"127[\d.]+:\d+", process.stdout.readline())[0]
        yield Server("bare", f"http://{address}", "", "")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
