"""A quiet machine before each server's turn: what the last one left to do would be this one's loss."""

import os
import pathlib
import time

MOST_SECONDS = 60
IDLE = 0.95


def wait() -> None:
    """Has the disk take what is written, then waits for a second of idle processors, a minute at most."""
    os.sync()
    until = time.monotonic() + MOST_SECONDS
    idle, total = _processor_time()
    while time.monotonic() < until:
        time.sleep(1)
        idle_before, total_before = idle, total
        idle, total = _processor_time()
        if idle - idle_before >= IDLE * (total - total_before):
            return


def _processor_time() -> tuple[int, int]:
    """Idle and all, of all processors, in ticks. Waiting for the disk is not idle."""
    ticks = [int(one) for one in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return ticks[3], sum(ticks)
