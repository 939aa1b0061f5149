"""Figures as they come in: shown at once, and kept when a later measurement fails."""

import sys

import report


class Gathered(dict):
    """By the names of the report: value and unit."""

    failures: list[str] = []  # of all sides

    def __init__(self, side: str):
        super().__init__()
        self.side = side

    def __setitem__(self, name: str, figure: tuple[float, str]) -> None:
        super().__setitem__(name, figure)
        self.tell(f"{name}: {report.number(figure[0])} {figure[1]}")

    def tell(self, text: str) -> None:
        print(f"{self.side}: {text}".rstrip(), file=sys.stderr, flush=True)

    def gather(self, measure) -> "Gathered":
        """What `measure(self)` finds; an error ends it, is told and remembered."""
        try:
            measure(self)
        except Exception as error:
            detail = getattr(error, "stderr", "") or ""
            self.tell(f"failed: {error} {detail}")
            self.failures.append(f"{self.side}: {error}")
        return self
