"""Waiting for something to become true: polling with a deadline, never a fixed sleep."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(probe: Callable[[], T], seconds: float = 20, what: str = "") -> T:
    """The first true answer of `probe`; AssertionError when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or probe}")
        time.sleep(0.02)
