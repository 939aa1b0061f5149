"""Waiting for something to become true: polling with a deadline, never a fixed sleep.

Every time limit goes through patience(): MERE_TEST_TIME_SCALE stretches them all for a program that is slow
for a reason, such as a sanitizer's.
"""

import os
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_SCALE = float(os.environ.get("MERE_TEST_TIME_SCALE") or 1)


def patience(seconds: float) -> float:
    """A limit of `seconds` on the machine at hand."""
    return seconds * _SCALE


def until(probe: Callable[[], T], seconds: float = 20, what: str = "") -> T:
    """The first true answer of `probe`; AssertionError when there is none in time."""
    deadline = time.monotonic() + patience(seconds)
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience(seconds):g} s: {what or probe}")
        time.sleep(0.02)
