"""A server as a process: started in a folder, its address read from what it prints."""

import re
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import httpx

from support import keys, program
from support.poll import patience, until

START_SECONDS = 60


class Server:
    """`mere serve` (or `quickstart`) on a free loopback port. Restarts keep the folder, not the port."""

    def __init__(self, folder: Path, *, environment: dict[str, str] | None = None, command: str = "serve",
                 arguments: tuple[str, ...] = (), before_exec: Callable[[], None] | None = None) -> None:
        self.folder = folder
        self.data = folder / "lake"
        self.environment = environment or {}
        self.command = command
        self.arguments = arguments
        self.before_exec = before_exec
        self.url = ""
        self.output = ""  # of stdout since the last start; log_file has stderr too
        self.log_file = folder / "server.log"
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> "Server":
        assert self.process is None, "already started"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.url, self.output = "", ""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [program.binary(), self.command, "--data", str(self.data), "--listen", "127.0.0.1:0", *self.arguments],
                cwd=self.folder, env=program.clean_environment(self.environment, home=self.folder), text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, preexec_fn=self.before_exec)
        threading.Thread(target=self._read_output, args=(self.process,), daemon=True).start()
        until(lambda: self.url or self.process.poll() is not None, START_SECONDS, "the server's address")
        if not self.url:
            status = self.process.wait()
            self.process = None
            raise RuntimeError(f"the server ended with {status}:\n{self.logs()}")
        return self

    def _read_output(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout:
            with self.log_file.open("a") as log:
                log.write(line)
            self.output += line
            if not self.url and (address := re.search(r"https?://127\.0\.0\.1:\d+", line)):
                self.url = address.group()

    def stop(self) -> int:
        """Asks politely and answers the exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        return self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(how)
        try:
            return self.process.wait(timeout=patience(60))
        finally:
            self.process.kill()
            self.process = None

    def logs(self, lines: int = 80) -> str:
        if not self.log_file.exists():
            return ""
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])

    def client(self, **options) -> httpx.Client:
        """An HTTP client of the API with the admin's keys. `base_url` ends at /api/v1."""
        settings = {"base_url": self.url + "/api/v1", "auth": (keys.ACCESS_KEY, keys.SECRET_KEY),
                    "timeout": patience(60), "follow_redirects": False, "trust_env": False} | options
        return httpx.Client(**settings)

    def __enter__(self) -> "Server":
        return self.start() if self.process is None else self

    def __exit__(self, *_) -> None:
        self.kill()
