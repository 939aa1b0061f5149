"""Two lists of answers side by side."""

from dataclasses import dataclass
from typing import Any

from normal import Marked, Pairs, normal
from server import Answer
from steps import Step

# Said in other words by one that is as right: what a client acts on is the status.
WORDS = "message"


@dataclass(frozen=True)
class Difference:
    step: Step
    where: str  # "status", "header etag", "body results[3].path"
    reference: Any
    subject: Any
    answers: tuple[Answer, Answer]  # normalised

    def kind(self) -> tuple:
        """What stays the same when the scenario is cut down around it."""
        shape = tuple(piece if piece in _WORDS_OF_PATHS else "*" for piece in self.step.pieces)
        place = self.where.split("[")[0]
        return self.step.method, shape, place, self.answers[0].status, self.answers[1].status

    def text(self) -> str:
        return f"{self.step.line()}\n       {self.where}: reference {_short(self.reference)}, subject {_short(self.subject)}"


_WORDS_OF_PATHS = {
    "branches",
    "tags",
    "commits",
    "refs",
    "objects",
    "ls",
    "stat",
    "diff",
    "merge",
    "delete",
    "copy",
    "revert",
    "cherry-pick",
    "hard_reset",
    "pulls",
    "metadata",
    "settings",
    "branch_protection",
    "gc_rules",
    "user_metadata",
    "range",
}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 300 else text[:300] + "…"


def compare(
    steps: list[Step],
    reference: list[Answer],
    subject: list[Answer],
    repositories: tuple[str, str],
    messages: bool = False,
) -> list[Difference]:
    """All differences, in the order of the steps; with `messages` also those in the words of errors."""
    pairs = Pairs()
    found = []
    for step, one, other in zip(steps, reference, subject, strict=True):
        answers = normal(one, repositories[0]), normal(other, repositories[1])
        found += [
            Difference(step, where, left, right, answers)
            for where, left, right in _differences(*answers, pairs)
            if messages or not where.endswith(WORDS)
        ]
    return found


def _differences(one: Answer, other: Answer, pairs: Pairs):
    if one.status != other.status:
        yield "status", (one.status, one.body), (other.status, other.body)
        return
    for name in sorted(one.headers.keys() | other.headers.keys()):
        yield from _values(f"header {name}", one.headers.get(name), other.headers.get(name), pairs)
    yield from _values("body", one.body, other.body, pairs)


def _values(where: str, one: Any, other: Any, pairs: Pairs):
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            if key not in one or key not in other:
                yield f"{where}.{key}", one.get(key, "absent"), other.get(key, "absent")
            else:
                yield from _values(f"{where}.{key}", one[key], other[key], pairs)
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            yield f"{where}[length]", one, other
            return
        for place, (left, right) in enumerate(zip(one, other)):
            yield from _values(f"{where}[{place}]", left, right, pairs)
    elif isinstance(one, Marked) and isinstance(other, Marked):
        if not pairs.same(one, other):
            yield where, (one, one.own), (other, other.own)
    elif one != other or type(one) is not type(other):
        yield where, one, other
