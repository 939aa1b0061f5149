"""What exists so far in a scenario, roughly, and seeded choices among it."""

import random

from steps import Step
from words import BAD_REFS, DELIMITERS, ODD_BRANCHES, ODD_PATHS, PATHS


class Choices:
    """Remembers roughly what exists, so that most requests mean something."""

    def __init__(self, seed: int, settings: bool = False) -> None:
        self.random = random.Random(seed)
        self.steps: list[Step] = []
        self.branches = ["main"]
        self.tags: list[str] = []
        self.commits: list[int] = []  # numbers of the steps that made them
        self.pulls: list[int] = []
        self.date = 1_000_000_000
        self.settings = settings

    # --- choices

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def path(self) -> str:
        return self.random.choice(ODD_PATHS if self.chance(0.12) else PATHS)

    def prefix(self) -> str:
        return self.random.choice(
            ["", "d", "d/", "data", "data/", "data/2024/", "data-", "a", "x", "none", "/", "d/e", "\u00e9", "_"]
        )

    def branch(self) -> str:
        if self.chance(0.05):
            return self.random.choice([*ODD_BRANCHES[1:], "none"])
        return self.random.choice(self.branches)

    def commit(self) -> str:
        if not self.commits:
            return "main"
        number = self.random.choice(self.commits[-20:])
        return f"{{{{commit:{number}}}}}" if self.chance(0.7) else f"{{{{commit:{number}:16}}}}"

    def ref(self) -> str:
        kind = self.random.random()
        if kind < 0.5:
            return self.random.choice(self.branches)
        if kind < 0.65:
            return self.commit()
        if kind < 0.75 and self.tags:
            return self.random.choice(self.tags)
        if kind < 0.88:
            return self.random.choice(self.branches) + self.random.choice(
                ["~1", "~2", "^1", "^2", "@", "~", "^", "~1^2", "^2~1", "$", "~3"]
            )
        return self.random.choice(BAD_REFS)

    def add(self, method: str, *pieces: str, **more) -> int:
        number = len(self.steps)
        self.steps.append(Step(number=number, method=method, pieces=list(pieces), **more))
        return number

    def page(self, *, delimiter: bool = False, prefix: bool = True, after=None) -> list[tuple[str, str]]:
        query = []
        if self.chance(0.7):
            query.append(
                (
                    "amount",
                    self.random.choice(
                        ["1", "2", "3", "5", "100", "1000", "0", "-1"] + ["1001", "-2", "x", ""] * self.chance(0.1)
                    ),
                )
            )
        if prefix and self.chance(0.5):
            query.append(("prefix", self.prefix()))
        if delimiter and self.chance(0.5):
            query.append(("delimiter", self.random.choice(DELIMITERS)))
        if self.chance(0.3):
            query.append(
                (
                    "after",
                    after()
                    if after
                    else self.random.choice([*PATHS, *ODD_PATHS[:12], "d", "d/", "data/", "data/2024/", "zz"]),
                )
            )
        return query
