"""What a server's process holds, and whether it came through a test unharmed."""

import os
import re
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.poll import until
from support.server import Server

MIB = 1 << 20
# What a sanitizer holds back counts as the server's.
_MEMORY_SCALE = float(os.environ.get("MERE_TEST_MEMORY_SCALE") or 1)


def _status(server: Server, name: str) -> int:
    text = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE).group(1)) * 1024


def resident_bytes(server: Server) -> int:
    return _status(server, "VmRSS")


def bound_bytes(plain: float) -> float:
    """What a server may hold that may hold `plain` bytes without a sanitizer."""
    return plain * _MEMORY_SCALE


def peak_bytes(server: Server) -> int:
    """The most that was resident since forget_peak()."""
    return _status(server, "VmHWM")


def forget_peak(server: Server) -> None:
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")


def descriptors(server: Server) -> int:
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def _get(server: Server, path: str) -> str:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(server.url + path) as answer:
        return answer.read().decode()


def _answered_500(server: Server) -> float:
    """Answers of 500 that any surface has counted."""
    text = _get(server, "/metrics")
    return sum(
        float(line.rsplit(" ", 1)[1])
        for line in text.splitlines()
        if not line.startswith("#") and re.search(r'code="500"', line)
    )


@contextmanager
def unharmed(server: Server, *, growth_bytes: int = 64 * MIB):
    """The server stays up, answers 500 to nothing, its memory stays within `growth_bytes` of what it was, and
    every descriptor opened meanwhile is closed again."""
    pid = server.process.pid
    failures = _answered_500(server)
    before = descriptors(server)
    forget_peak(server)
    memory = resident_bytes(server)

    yield

    assert server.process is not None and server.process.pid == pid and server.process.poll() is None, server.logs()
    assert _get(server, "/_health").startswith("alive!")
    assert _answered_500(server) == failures, server.logs()
    grown = peak_bytes(server) - memory
    assert grown <= bound_bytes(growth_bytes), f"memory grew by {grown / MIB:.0f} MiB"
    until(lambda: descriptors(server) <= before + 8, 30, "descriptors to be closed")


def unharmed_by_each_test(**bounds):
    """A fixture for a module: `unharmed` around each of its tests."""

    @pytest.fixture(autouse=True)
    def _unharmed(server):
        with unharmed(server, **bounds):
            yield

    return _unharmed
