"""Ctrl-C in a test's own process, and what to know where nothing comes of it."""

import faulthandler
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LATE = 10  # seconds


def interrupt() -> None:
    """As Ctrl-C does: any thread may get it."""
    os.kill(os.getpid(), signal.SIGINT)


@contextmanager
def keyboard_interrupts() -> Iterator[None]:
    """SIGINT raises KeyboardInterrupt.

    It need not otherwise: shells start what runs in the background with SIGINT ignored, and Python then leaves it so.
    What takes long tells where all threads are; what fails tells how signals are handled.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    faulthandler.dump_traceback_later(_LATE, file=2)
    try:
        yield
    except BaseException:
        masks = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(("Sig", "Shd"))]
        print("SIGINT:", signal.getsignal(signal.SIGINT), *masks, sep="\n", file=sys.stderr)
        raise
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
