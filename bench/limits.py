"""What the machine gives: the rates that no server can beat."""

import os
import tempfile
import time

import loading
import memory
import server
from memory import BLOCK


def disk_mib_a_second(folder: str | None, size_mib: int) -> float:
    """Writing a file and syncing it."""
    memory.fetch(folder, size_mib)
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        began = time.perf_counter()
        for _ in range(size_mib):
            os.write(file.fileno(), BLOCK)
        os.fsync(file.fileno())
        return size_mib / (time.perf_counter() - began)


def syncs_a_second(folder: str | None, seconds: float) -> float:
    """Appending 1 KiB and syncing it, one after the other."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            os.write(file.fileno(), BLOCK[:1024])
            os.fdatasync(file.fileno())
            count += 1
        return count / (time.perf_counter() - began)


def measure(bare_binary: str, options) -> dict[str, float]:
    with tempfile.NamedTemporaryFile(dir=options.folder) as file:
        for _ in range(options.big_mib):
            file.write(BLOCK)
        file.flush()
        with server.bare(bare_binary, file.name) as bare:
            requests = loading.load(bare, "GET /", connections=32, seconds=options.seconds).rate
            down = max(
                options.big_mib / loading.load(bare, "GET /file", connections=1, count=1).seconds for _ in range(10)
            )
    return {
        "bare HTTP server": requests,
        "bare download": down,
        "disk": max(disk_mib_a_second(options.folder, options.big_mib) for _ in range(3)),
        "syncs": syncs_a_second(options.folder, min(options.seconds, 2)),
    }


