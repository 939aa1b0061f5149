"""Memory that the machine has at hand.

A virtual machine may give free memory back to its host and has to fetch it again page by page: a file of
256 MiB that is written into such memory costs its writer 0.5 s of processor time more than one written into
memory that another file has just left. Whether that happens depends on what ran before and not on who is
measured, so it is had before the clock starts, for every server and for the limit alike. Where memory stays
the machine's own, this changes nothing.
"""

import tempfile

BLOCK = b"\x5a" * (1 << 20)


def fetch(folder: str | None, size_mib: int) -> None:
    """Memory for as much, by a file that is written and removed."""
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(size_mib):
            file.write(BLOCK)
